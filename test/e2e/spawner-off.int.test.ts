import { afterAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { commandsOfChildren, processesNamed, processesOfRun } from './support/processes.js';
import { cleanUp, freshDataDir, startServer } from './support/server.js';

afterAll(cleanUp);

it('A server with SPAWNER=off starts host scripts itself', async () => {
  const server = await startServer({ ...(await freshDataDir()), SPAWNER: 'off', KILL_GRACE_MS: '300' });
  const script = `echo "$PPID $SPAWNER"; ls /proc/$$/fd | tr '\\n' ' '; sleep 0; echo bye >&2; exit 3`;
  expect(await server.api.runToEnd({ name: 'bash', script })).toMatchObject({
    status: 'failed',
    exitCode: 3,
    outputTail: `${server.pid} \n0 1 2 bye\n`,
  });
  const node = await server.api.runToEnd({ name: 'node', type: 'node', script: 'console.log(process.ppid)' });
  expect(node).toMatchObject({ status: 'succeeded', outputTail: `${server.pid}\n` });

  const sleep = '318.75';
  const runId = await server.api.run({ script: `trap '' TERM; setsid sleep ${sleep} & echo ready; sleep ${sleep}` });
  await server.api.printed(runId, 'ready');
  await eventually(() => expect(processesNamed(`sleep ${sleep}`)).toHaveLength(2));
  await server.api.cancel(runId);
  expect(await server.api.ended(runId)).toMatchObject({ status: 'canceled', meta: { leftovers: [] } });
  expect(processesOfRun(runId)).toEqual([]);

  expect(commandsOfChildren(server.pid).filter((command) => !command.includes('sandbox-child'))).toEqual([]);
  expect((await server.stop()).code).toBe(0);
}, 60_000);
