import { describe, expect, it } from '@jest/globals';
import { readScriptRevision } from '../../../../src/adapters/persistence/rows/script-revision-row.js';
import { readScript } from '../../../../src/adapters/persistence/rows/script-row.js';
import { aScript, at } from '../../../contracts/samples.js';

const ID = '65f000000000000000000001';
const MADE = new Date('2024-03-12T07:10:56.000Z');

/** As an application that knew only the SPEC would have stored it. */
const document = { id: ID, name: 'Disk', codeIdentifier: 'disk', type: 'bash', runner: 'host', script: 'df -h' };

describe('readScript', () => {
  it('reads back what Runlet stored', () => {
    const script = aScript({ timeoutMs: null, env: [] });
    expect(readScript({ ...script })).toEqual(script);
  });

  it('gives a document of the SPEC alone its defaults, its times from the id', () => {
    const whole = {
      ...document,
      description: '',
      defaultWorkingDirectory: '',
      env: [],
      timeoutMs: null,
      enabled: true,
      confirm: false,
      revision: 0,
      createdAt: MADE,
      updatedAt: MADE,
    };
    expect(readScript(document)).toEqual(whole);
    const nulls = {
      description: null,
      env: null,
      timeoutMs: null,
      enabled: null,
      confirm: null,
      revision: null,
      updatedAt: null,
    };
    expect(readScript({ ...document, ...nulls })).toEqual(whole);
    expect(readScript({ ...document, runner: undefined, createdAt: at(1) })).toEqual({
      ...whole,
      createdAt: at(1),
      updatedAt: at(1),
    });
  });

  it('ignores what is not of Runlet', () => {
    const env = [{ key: 'A', value: '1', _id: 'x' }];
    const read = readScript({ ...document, env, tags: ['x'], __v: 3 });
    expect(read).not.toHaveProperty('tags');
    expect(read).not.toHaveProperty('__v');
    expect(read).toMatchObject({ env: [{ key: 'A', value: '1' }] });
    expect('env' in read && read.env[0]).not.toHaveProperty('_id');
  });

  it('reads sealed secrets, and never takes what is marked as one for a plain entry', () => {
    const sealed = { keyId: 'one', ciphertext: 'aa==', bytes: 4 };
    const env = [{ key: 'TOKEN', secret: true, sealed }];
    expect(readScript({ ...document, env })).toMatchObject({ env });
    const unsealed = readScript({ ...document, env: [{ key: 'TOKEN', value: 's3cr3t', secret: true }] });
    expect(unsealed).toMatchObject({ broken: [{ path: 'env.0.sealed', message: 'must be sealed' }] });
    expect(JSON.stringify(unsealed)).not.toContain('s3cr3t');
    const negative = { ...document, env: [{ key: 'TOKEN', secret: true, sealed: { ...sealed, bytes: -1 } }] };
    expect(readScript(negative)).toMatchObject({ broken: [{ path: 'env.0.sealed.bytes' }] });
  });

  it('decodes a body kept as base64', () => {
    const body = 'echo "wörld 🌍"\n';
    const script = Buffer.from(body).toString('base64');
    expect(readScript({ ...document, script, scriptFormat: 'base64' })).toMatchObject({ script: body });
    expect(readScript({ ...document, script, scriptFormat: 'string' })).toMatchObject({ script });
    for (const broken of ['echo $HOME', Buffer.from([0xc3, 0x28]).toString('base64')]) {
      expect(readScript({ ...document, script: broken, scriptFormat: 'base64' })).toMatchObject({
        broken: [{ path: 'script', message: 'must be UTF-8 text in base64, as its scriptFormat says' }],
      });
    }
  });

  it('names everything that is wrong, and keeps what can be read', () => {
    const read = readScript({
      ...document,
      name: 7,
      type: 'perl',
      script: undefined,
      env: [{ key: 'A', value: 1 }, 'B'],
      timeoutMs: 5,
      enabled: 'yes',
      confirm: 1,
      revision: -1,
      updatedAt: 'yesterday',
    });
    expect(read).toEqual({
      id: ID,
      revision: 0,
      createdAt: MADE,
      updatedAt: MADE,
      broken: [
        { path: 'name', message: 'must be text' },
        { path: 'type', message: 'must be one of bash, node, browser' },
        { path: 'env.0.value', message: 'must be text' },
        { path: 'env.1', message: 'must be { key, value }' },
        { path: 'enabled', message: 'must be true or false' },
        { path: 'confirm', message: 'must be true or false' },
        { path: 'script', message: 'is missing' },
        { path: 'timeoutMs', message: 'must be a whole number of ms from 100 to 86400000, or null for the default' },
        { path: 'revision', message: 'must not be negative' },
        { path: 'updatedAt', message: 'must be a time' },
      ],
      salvage: {
        codeIdentifier: 'disk',
        description: '',
        runner: 'host',
        defaultWorkingDirectory: '',
        timeoutMs: 5,
      },
    });
  });

  it('shows a script that breaks a rule of the domain as broken', () => {
    const read = readScript({ ...document, type: 'bash', runner: 'vm2' });
    expect(read).toMatchObject({
      broken: [{ path: 'runner', message: 'vm2 cannot run a bash script; name one of: host' }],
      salvage: { name: 'Disk', type: 'bash', runner: 'vm2', script: 'df -h' },
    });
  });

  it('reads an empty document without an exception', () => {
    const read = readScript({ id: ID });
    expect('broken' in read && read.broken.map(({ path }) => path)).toEqual([
      'name',
      'codeIdentifier',
      'type',
      'runner',
      'script',
    ]);
  });

  it('shares no default between rows', () => {
    const [one, other] = [readScript(document), readScript(document)];
    if ('env' in one) (one.env as unknown[]).push('spoilt');
    expect(other).toMatchObject({ env: [] });
  });
});

describe('readScriptRevision', () => {
  it('reads the script of a revision, its times as text too', () => {
    const script = aScript();
    const row = { scriptId: script.id, revision: 1, savedAt: at(3) };
    const expected = { ...row, script };
    expect(readScriptRevision({ ...row, script })).toEqual(expected);
    expect(readScriptRevision({ ...row, script: JSON.parse(JSON.stringify(script)) })).toEqual(expected);
  });

  it('takes one that cannot be run for none', () => {
    const script = aScript({ script: '' });
    expect(readScriptRevision({ scriptId: script.id, revision: 1, savedAt: at(3), script })).toBeNull();
    expect(readScriptRevision({ scriptId: script.id, revision: 1, savedAt: at(3), script: 'text' })).toBeNull();
    expect(readScriptRevision({})).toBeNull();
  });
});
