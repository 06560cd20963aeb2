import { describe, expect, it } from '@jest/globals';
import {
  MongoBulkWriteError,
  type BulkWriteResult,
  type MongoError,
  MongoErrorLabel,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoParseError,
  MongoServerError,
  MongoTopologyClosedError,
} from 'mongodb';
import {
  DeadlineError,
  isDuplicateKey,
  isRefused,
  isUnavailable,
} from '../../../../src/adapters/persistence/mongo/mongo-errors.js';

const serverError = (code: number, message = 'said the server', more: object = {}) =>
  new MongoServerError({ message, code, ...more });
const ofNode = (message: string, code: string) => Object.assign(new Error(message), { code });
const inBulk = (error: MongoError) => new MongoBulkWriteError(error, NOTHING_WRITTEN);
const NOTHING_WRITTEN = Object.create(null) as BulkWriteResult;

describe('isUnavailable', () => {
  const lost = new MongoNetworkError('connection 3 to 127.0.0.1:27017 closed');
  const labelled = serverError(999, 'please try again');
  labelled.addErrorLabel(MongoErrorLabel.RetryableWriteError);
  const dns = Object.assign(new Error('querySrv ENOTFOUND _mongodb._tcp.x'), {
    code: 'ENOTFOUND',
    syscall: 'querySrv',
  });

  it.each<[string, unknown]>([
    ['a lost connection', lost],
    ['a lost connection in the midst of many writes', inBulk(lost)],
    ['a time-out of the network', new MongoNetworkTimeoutError('timed out')],
    ['a time-out of ours', new DeadlineError(5000)],
    ['a closed store', new MongoTopologyClosedError('closed')],
    ['a name that is not found', dns],
    ['a socket whose other end is gone', ofNode('This socket has been ended by the other party', 'EPIPE')],
    ['a socket that was reset', ofNode('read ECONNRESET', 'ECONNRESET')],
    ['a socket that was closed', ofNode('Cannot call write after a stream was destroyed', 'ERR_STREAM_DESTROYED')],
    ['a primary that stepped down', serverError(189)],
    ['a primary that stepped down in the midst of many writes', inBulk(serverError(189))],
    ['a server that shuts down', serverError(91)],
    ['a full disk', serverError(14031)],
    ['wrong credentials', serverError(18)],
    ['what the server calls retryable', labelled],
  ])('is true of %s', (_, error) => {
    expect(isUnavailable(error)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a duplicate', serverError(11000)],
    ['a duplicate in the midst of many writes', inBulk(serverError(11000))],
    ['a command the server does not know', serverError(59)],
    ['a wrong connection string', new MongoParseError('wrong')],
    ['a bug', new TypeError('x is not a function')],
    ['a bug that Node names', ofNode('The "path" argument must be of type string', 'ERR_INVALID_ARG_TYPE')],
    ['what is no error', 'text'],
  ])('is false of %s', (_, error) => {
    expect(isUnavailable(error)).toBe(false);
  });
});

describe('isRefused', () => {
  it('is true of wrong credentials and missing rights only', () => {
    expect([13, 18, 8000, 59, 91].map((code) => isRefused(serverError(code)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('isDuplicateKey', () => {
  const message = (index: string, key: string) =>
    `E11000 duplicate key error collection: db.script_definitions index: ${index} dup key: { ${key} }`;

  it('knows the field from the pattern, and from the message where there is none', () => {
    const withPattern = serverError(11000, 'E11000', { keyPattern: { codeIdentifier: 1 } });
    const withName = serverError(11000, message('uniq', 'codeIdentifier: "backup"'));
    const ofId = serverError(11000, message('_id_', "_id: ObjectId('65f000000000000000000001')"));
    const ofIdWithPattern = serverError(11000, 'codeIdentifier: ', { keyPattern: { _id: 1 } });
    const errors = [withPattern, withName, ofId, ofIdWithPattern];
    expect(errors.map((error) => isDuplicateKey(error, 'codeIdentifier'))).toEqual([true, true, false, false]);
    expect(errors.every((error) => isDuplicateKey(error))).toBe(true);
    expect(isDuplicateKey(serverError(189))).toBe(false);
    expect(isDuplicateKey(new Error('E11000'))).toBe(false);
  });
});
