import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { parseSecretKey } from '../adapters/secrets/secret-key.js';
import { readTextFile, withoutMarks } from './text-file.js';

/** A setting that cannot be used. The message is one line and begins with the setting's name. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);

const ms = (max = 86_400_000) => wholeNumber(0, max);
const bytes = wholeNumber(1, 2 ** 40);
const text = z.string();

const publicUrl = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'must be an http or https URL')
  .transform((value) => new URL(value));

const secretKey = z.string().transform((given, context) => {
  try {
    return parseSecretKey(given);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
});

const schema = z.object({
  PORT: wholeNumber(0, 65_535).prefault('3000'),
  HOST: text.transform((host) => host.replace(/^\[(.*)\]$/, '$1')).prefault('127.0.0.1'),
  ADMIN_USER: text
    .regex(/^[^:\p{Cc}]{1,120}$/u, 'must have 1 to 120 characters, none of them a colon')
    .prefault('admin'),
  ADMIN_PASS: text
    .regex(/^\P{Cc}*$/u, 'must be one line without control characters, which no client can send')
    .optional(),
  ADMIN_USERS_FILE: text.optional(),
  DATA_DIR: text.prefault('./data').transform((path) => (isAbsolute(path) ? path : resolve(path))),
  MONGODB_URI: text.regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://').optional(),
  SECRET_KEY: secretKey.optional(),
  SECRET_KEY_OLD: secretKey.optional(),
  PUBLIC_URL: publicUrl.optional(),
  HSTS_MAX_AGE: wholeNumber(0, 10 * 31_536_000).optional(),
  TRUST_PROXY: wholeNumber(0, 32).prefault('0'),
  RUN_AS: text.regex(/^[^-:\s\p{Cc}][^:\s\p{Cc}]*$/u, 'must be the name of a user').optional(),
  SPAWNER: z.enum(['on', 'off']).prefault('on'),
  MAX_CONCURRENT_RUNS: wholeNumber(1, 1000).prefault('8'),
  MAX_QUEUED_RUNS: wholeNumber(0, 1_000_000).prefault('1000'),
  DEFAULT_TIMEOUT_MS: wholeNumber(100, 86_400_000).prefault('300000'),
  KILL_GRACE_MS: ms().prefault('3000'),
  SHUTDOWN_GRACE_MS: ms().prefault('5000'),
  LEASE_MS: wholeNumber(4000, 86_400_000).prefault('60000'),
  OUTPUT_TAIL_BYTES: wholeNumber(0, 8 * 1024 * 1024).prefault('65536'),
  MAX_LOG_BYTES: bytes.prefault('104857600'),
  RETENTION_DAYS: wholeNumber(0, 36_500).prefault('90'),
  RETENTION_RUNS: wholeNumber(0, 1_000_000_000).prefault('1000'),
  AUDIT_RETENTION_DAYS: wholeNumber(0, 36_500).prefault('400'),
  REQUEST_TIMEOUT_MS: wholeNumber(100, 3_600_000).prefault('60000'),
  MAX_STREAMS_PER_ADDRESS: wholeNumber(0, 1_000_000).prefault('2000'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).prefault('info'),
});

/** Settings as parsed, under the names of docs/settings.md. Sizes in bytes, times in ms. */
export type Settings = z.output<typeof schema>;
/** Settings as given: an environment, or an object with the same names. */
export type SettingsInput = Readonly<Partial<Record<SettingName, string | number>>> | NodeJS.ProcessEnv;

const FROM_FILE = ['ADMIN_PASS', 'MONGODB_URI', 'SECRET_KEY', 'SECRET_KEY_OLD'] as const;

type SettingName = keyof typeof schema.shape | `${(typeof FROM_FILE)[number]}_FILE`;

/** Every name that is Runlet's own, so that no script inherits it. */
export const SETTING_NAMES: readonly string[] = [
  ...Object.keys(schema.shape),
  ...FROM_FILE.map((name) => `${name}_FILE`),
];

/** The files that settings were given in, which are nobody else's business. */
export const secretFilesOf = (input: SettingsInput): string[] =>
  SETTING_NAMES.filter((name) => name.endsWith('_FILE'))
    .map((name) => (input as Readonly<Record<string, string | number | undefined>>)[name])
    .filter((file) => file !== undefined && file !== '')
    .map(String);

/** @throws SettingsError naming the first setting that is wrong. Names that are not Runlet's are passed over. */
export const readSettings = (input: SettingsInput): Settings => {
  const given = Object.fromEntries(
    Object.entries(input)
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => [name, String(value)]),
  );
  const secrets = Object.fromEntries(FROM_FILE.map((name) => [name, readSecret(given, name)]));
  const parsed = schema.safeParse({ ...given, ...secrets });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0]);
  const value = isSecret(name) ? '' : ` (it is "${given[name] ?? ''}")`;
  throw new SettingsError(
    `${name}: ${issue?.code === 'invalid_value' ? `must be one of ${issue.values.join(', ')}` : (issue?.message ?? 'is wrong')}${value}`,
  );
};

const isSecret = (name: string): boolean => (FROM_FILE as readonly string[]).includes(name);

/** Given in a file, or as it is: tools that hand on a file's content leave its newline on. */
const readSecret = (given: Readonly<Record<string, string>>, name: (typeof FROM_FILE)[number]): string | undefined => {
  const file = given[`${name}_FILE`];
  const value = given[name];
  if (file === undefined) return withoutMarks(value ?? '') || undefined;
  if (value !== undefined) throw new SettingsError(`${name}_FILE: ${name} is set too; leave one of them out`);
  try {
    const text = readTextFile(file);
    if (text !== '') return text;
  } catch (error) {
    throw new SettingsError(`${name}_FILE: the file ${file} ${(error as Error).message}`);
  }
  throw new SettingsError(`${name}_FILE: the file ${file} is empty`);
};
