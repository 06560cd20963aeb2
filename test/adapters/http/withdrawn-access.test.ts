import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type BasicAuth, makeBasicAuth } from '../../../src/adapters/http/basic-auth.js';
import { eventually } from '../../support/eventually.js';
import { type Api, basic, PASSWORD, startApi } from './support/api.js';
import { watch } from './support/sse-client.js';

const SCRIPTS = '/api/admin/scripts';
const ada = { name: 'ada', password: PASSWORD };
const bob = { name: 'bob', password: PASSWORD };
const asBob = { authorization: basic('bob') };

let auth: BasicAuth;
let api: Api;
beforeEach(async () => {
  auth = makeBasicAuth({ admins: [ada, bob] });
  api = await startApi({ authenticate: auth });
});
afterEach(() => api.close());

describe('an admin whose access is withdrawn', () => {
  it('sees no more of open streams, and leaves nothing behind', async () => {
    const { runId } = await api.world.startRun();
    const paths = [`${SCRIPTS}/runs/${runId}/stream`, `${SCRIPTS}/runs/stream`];
    const ofBob = await Promise.all(paths.map((path) => watch(api, path, { headers: asBob })));
    const ofAda = await watch(api, paths[0]!);
    await eventually(() => expect(api.world.bus.subscriptions).toBe(3));
    auth.replace([ada]);
    expect(await Promise.all(ofBob.map(({ over }) => over))).toEqual(['ended', 'ended']);
    await api.world.runner.runs[0]!.print('for ada\n');
    await eventually(() => expect(ofAda.text()).toContain('for ada'));
    expect(ofBob[0]!.text()).not.toContain('event: done');
    await eventually(() => expect(api.world.bus.subscriptions).toBe(1));
    ofAda.leave();
  });

  it('changes nothing by a request whose body was still coming', async () => {
    const arrived = new Promise((resolve) => api.server.once('request', resolve));
    const body = JSON.stringify({ name: 'Too late', type: 'bash', script: 'true' });
    const socket = connect(api.port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.write(
      `POST ${SCRIPTS} HTTP/1.1\r\nhost: x\r\nauthorization: ${asBob.authorization}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
    );
    await arrived;
    await api.call('GET', SCRIPTS); // by now it is known who asks
    auth.replace([ada]);
    socket.write(body.slice(10));
    await eventually(() => expect(answer).toMatch(/^HTTP\/1\.1 401 /));
    socket.destroy();
    expect((await api.call('GET', SCRIPTS)).json.items).toEqual([]);
  });
});
