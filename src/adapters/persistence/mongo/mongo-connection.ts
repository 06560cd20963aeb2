import { MongoClient, type Db, type MongoClientOptions } from 'mongodb';
import { DomainError } from '../../../domain/errors.js';
import { storeUnavailable } from '../rows/store-unavailable.js';
import { Availability, within } from './availability.js';
import { names, redactorFor } from './connection-string.js';
import { isForbidden, isRefused, isUnavailable } from './mongo-errors.js';

export interface MongoConnection {
  readonly db: Db;
  /** Their hosts and ports. */
  readonly servers: string;
  /** One line for the operator: which server, and what it or the driver said, without credentials. */
  readonly explain: (error: unknown) => string;
  /**
   * What the driver answers.
   * @param ms after which it counts as no answer; null to wait as long as it takes.
   * @throws DomainError `store.unavailable`
   */
  readonly answer: <T>(work: () => Promise<T>, ms?: number | null) => Promise<T>;
  close(): Promise<void>;
}

/**
 * @throws DomainError `store.unavailable` naming the servers when none of them answers; Error when the connection string cannot be used.
 *   Neither holds credentials.
 */
export const connect = async (uri: string): Promise<MongoConnection> => {
  const client = clientFor(uri);
  const servers = serversOf(client);
  const explain = explaining(uri, client, servers);
  try {
    await within(ANSWER_MS, client.connect());
  } catch (error) {
    await closeOf(client);
    throw isUnavailable(error)
      ? new DomainError('store.unavailable', `${explain(error)}; start it, or correct MONGODB_URI`)
      : new Error(explain(error));
  }
  const db = client.db();
  const availability = new Availability(() => db.command({ ping: 1 }));
  return {
    db,
    servers,
    explain,
    answer: answering(availability, explain),
    close: () => {
      availability.close();
      return closeOf(client);
    },
  };
};

/** How long a caller waits for one answer. A command that comes too late may have been carried out. */
const ANSWER_MS = 5000;
const SELECTION_MS = 3000;

/**
 * No `socketTimeoutMS`: an index may take minutes to build. Callers are let go by `ANSWER_MS`, and a connection to a server that is
 * gone is ended by the driver's monitor, which asks every `heartbeatFrequencyMS` and waits `connectTimeoutMS`.
 */
const DEFAULTS: MongoClientOptions = {
  appName: 'runlet',
  serverSelectionTimeoutMS: SELECTION_MS,
  connectTimeoutMS: SELECTION_MS,
  heartbeatFrequencyMS: 5000,
  maxPoolSize: 32,
  maxIdleTimeMS: 60_000,
};

/** Every rule is one conditional write against the present state, which only the primary has. Text that is not UTF-8 must not hide a list. */
const NEEDED: MongoClientOptions = { readPreference: 'primary', enableUtf8Validation: false };

const clientFor = (uri: string): MongoClient => {
  const chosen = Object.fromEntries(Object.entries(DEFAULTS).filter(([option]) => !names(uri, option)));
  let client: MongoClient;
  try {
    client = new MongoClient(uri, { ...chosen, ...NEEDED });
  } catch (error) {
    // eslint-disable-next-line preserve-caught-error -- its message may hold the credentials
    throw new Error(`MONGODB_URI is no connection string that can be used: ${redactorFor(uri)(messageOf(error))}`);
  }
  if (client.db().writeConcern?.w === 0) {
    throw new Error('MONGODB_URI says w=0, but Runlet has to know that what it writes is written: leave w out');
  }
  return client;
};

const answering =
  (availability: Availability, explain: MongoConnection['explain']): MongoConnection['answer'] =>
  async (work, ms = ANSWER_MS) => {
    try {
      return await availability.call(work, ms);
    } catch (error) {
      if (isRefused(error)) throw new DomainError('store.unavailable', explain(error));
      throw isUnavailable(error) ? storeUnavailable(explain(error)) : error;
    }
  };

const serversOf = ({ options }: MongoClient): string =>
  options.srvHost ?? options.hosts.map((host) => host.toString()).join(', ');

const explaining = (uri: string, client: MongoClient, servers: string): MongoConnection['explain'] => {
  const redacted = redactorFor(uri);
  return (error) => {
    const said = redacted(messageOf(error)).replaceAll(/\s*\n\s*/g, ' ');
    if (isForbidden(error)) {
      const database = client.db().databaseName;
      return `MongoDB at ${servers} does not let Runlet in: ${said}; give its user the role readWrite on the database ${database}`;
    }
    if (isRefused(error)) return `MongoDB at ${servers} does not let Runlet in: ${said}`;
    return `MongoDB at ${servers} ${isUnavailable(error) ? 'does not answer' : 'cannot be used'}: ${said}`;
  };
};

/** A server that does not answer must not keep ours from stopping. */
const closeOf = async (client: MongoClient): Promise<void> => {
  await within(ANSWER_MS, client.close()).catch((error: unknown) => {
    if (!isUnavailable(error)) throw error;
  });
};

const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
