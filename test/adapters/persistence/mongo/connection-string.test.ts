import { describe, expect, it } from '@jest/globals';
import { names, redactorFor } from '../../../../src/adapters/persistence/mongo/connection-string.js';

describe('redactorFor', () => {
  it.each([
    ['mongodb://root:hunter2@db:27017/runlet', 'got hunter2'],
    ['mongodb://root:hunter2@db:27017/runlet', 'got root:hunter2@db'],
    ['mongodb://root:p%40ss@db/', 'got p@ss'],
    ['mongodb://root:p%40ss@db/', 'got p%40ss'],
    ['mongodb://root:a:b@c@db/', 'got b@c'],
    ['mongodb://root:100%@db/', 'got 100%'],
    ['mongodb://db/?tlsCertificateKeyFilePassword=hunter2', 'got hunter2'],
    ['mongodb://db/?authMechanismProperties=AWS_SESSION_TOKEN:abc', 'got AWS_SESSION_TOKEN:abc'],
    ['mongodb+srv://root:hunter2@cluster.example/', 'querySrv hunter2'],
  ])('keeps the secrets of %s out of "%s"', (uri, message) => {
    expect(redactorFor(uri)(message)).toBe('the reason names credentials');
  });

  it.each(['mongodb://root:hunter2@db:27017/runlet', 'mongodb://db', 'no connection string'])(
    'leaves a message alone that holds none of the secrets of %s',
    (uri) => {
      const message = 'connect ECONNREFUSED db:27017, user root';
      expect(redactorFor(uri)(message)).toBe(message);
    },
  );
});

describe('names', () => {
  it('finds options of the connection string, whatever their case', () => {
    const uri = 'mongodb://root:a%3Fb@db/runlet?appname=x&connectTimeoutMS=1';
    expect(['appName', 'connectTimeoutMS', 'maxPoolSize', 'runlet'].map((option) => names(uri, option))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(names('mongodb://db', 'appName')).toBe(false);
  });
});
