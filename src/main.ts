#!/usr/bin/env node
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { createOwnServer } from './adapters/http/own-server.js';
import { isLoopback } from './composition/admins.js';
import { isDomainError } from './domain/errors.js';
import { createRunlet, type Runlet, VERSION } from './composition/create-runlet.js';
import { readSettings, SettingsError } from './composition/settings.js';
import { ignoreOtherSignals, STOPPING_SIGNALS, type Stoppable, stopOnSignals } from './composition/stop-on-signals.js';

/** What a second signal kills is gone within this, or else the server ends without it. */
const ABORT_MS = 2000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const warn = (line: string): void => void process.stderr.write(`${line}\n`);

const main = async (): Promise<void> => {
  ignoreOtherSignals();
  outliveOutput();
  keepYoungGenerationSmall();
  const settings = readSettings(process.env);
  if (process.getuid?.() === 0 && settings.RUN_AS === undefined)
    warn('Runlet runs as root, so host scripts do too. Start it as a user of its own, or name one in RUN_AS.');
  if (!isLoopback(settings.HOST) && settings.PUBLIC_URL?.protocol !== 'https:') {
    warn(
      `Runlet listens on ${settings.HOST} without TLS: passwords cross the network readable. Put a proxy with TLS before it and set PUBLIC_URL.`,
    );
  }
  const runlet = createRunlet(process.env);
  if (settings.ADMIN_USERS_FILE !== undefined) process.on('SIGHUP', () => void runlet.rereadAdmins());
  await runlet.start();
  const server = createOwnServer(runlet.callback(), { requestTimeoutMs: settings.REQUEST_TIMEOUT_MS });
  const rereads = settings.ADMIN_USERS_FILE !== undefined;
  const signals = STOPPING_SIGNALS.filter((name) => !(rereads && name === 'SIGHUP'));
  stopOnSignals(signals, makeStoppable(server, runlet));
  try {
    await listen(server, settings.PORT, settings.HOST);
  } catch (error) {
    await runlet.stop();
    throw new SettingsError(explainListen(error as NodeJS.ErrnoException, settings.PORT, settings.HOST));
  }
  const notices = runlet.notices.map((notice) => `; ${notice}`).join('');
  say(`Runlet ${VERSION} is ready at ${addressOf(server)}/admin/scripts (${runlet.accessHint})${notices}`);
};

/** A reader that went away, a terminal that was closed or a full disk under a redirected output does not end the server. */
const outliveOutput = (): void => {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
};

/**
 * Much short-lived memory, as of scripts that flood, lets V8 double its young generation up to 16 MiB a half, of which it gives nothing
 * back for long. It stays as it is at the start: docs/decisions/0024-a-small-young-generation.md.
 */
const keepYoungGenerationSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });

const addressOf = (server: Server): string => {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
};

const explainListen = ({ code, message }: NodeJS.ErrnoException, port: number, host: string): string => {
  if (code === 'EADDRINUSE') return `PORT: ${port} is in use on ${host}; stop what listens there or name another port`;
  if (code === 'EACCES') return `PORT: ${port} may not be listened on by this user; name one from 1024 on`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST: ${host} is no address of this machine`;
  return `HOST, PORT: ${message}`;
};

const makeStoppable = (server: Server, runlet: Runlet): Stoppable => {
  let isCutShort = false;
  const stop = async (): Promise<void> => {
    await runlet.stop();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    process.exit(isCutShort ? 1 : 0);
  };
  return {
    stop: (message) => {
      say(message);
      stop().catch((error: unknown) => {
        warn(`Runlet could not stop in order: ${error instanceof Error ? error.message : String(error)}`);
        process.exit(1);
      });
    },
    stopNow: () => {
      isCutShort = true;
      runlet.abort(); // with nothing left to wait for, the stop under way comes to its end
      setTimeout(() => process.exit(1), ABORT_MS);
    },
    exit: () => process.exit(1),
  };
};

main().catch((error: unknown) => {
  // What the operator can mend in one line; anything else with its stack.
  warn(
    error instanceof SettingsError || isOperational(error)
      ? error.message
      : error instanceof Error
        ? String(error.stack)
        : String(error),
  );
  process.exit(1);
});

/** Errors of the store are written for a person. */
function isOperational(error: unknown): error is Error {
  return isDomainError(error) || (error instanceof Error && error.constructor === Error);
}
