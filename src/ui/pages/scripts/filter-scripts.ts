import type { ScriptSummaryItem } from '../../api/scripts.js';
import { fold } from '../../format/fold.js';

/** What the list shows: everything where a part is empty. */
export interface ScriptFilter {
  /** Every word of it is in the name, identifier or description, with or without diacritics. */
  readonly text: string;
  readonly kind: ScriptKind | '';
  readonly state: ScriptState | '';
}

export const KINDS = { bash: 'bash', node: 'node', vm2: 'node in vm2', browser: 'browser' } as const;
export type ScriptKind = keyof typeof KINDS;

export const STATES = {
  enabled: 'Enabled',
  disabled: 'Disabled',
  running: 'Running now',
  failed: 'Last run failed',
  never: 'Never run',
  invalid: 'Invalid',
} as const;
export type ScriptState = keyof typeof STATES;

export const filterScripts = (
  scripts: readonly ScriptSummaryItem[],
  { text, kind, state }: ScriptFilter,
): readonly ScriptSummaryItem[] => {
  const words = fold(text).split(/\s+/).filter(Boolean);
  return scripts.filter(
    (script) =>
      (kind === '' || kindOf(script) === kind) && (state === '' || IS[state](script)) && hasEvery(words, script),
  );
};

/** null for a stored document whose type cannot be read */
export const kindOf = ({ type, runner }: ScriptSummaryItem): ScriptKind | null => (runner === 'vm2' ? 'vm2' : type);

export const isInvalid = (script: ScriptSummaryItem): boolean => 'invalid' in script;

/** Whether a run may be asked for from the list. */
export const isRunnable = (script: ScriptSummaryItem): boolean => script.enabled === true && !isInvalid(script);

const IS: Readonly<Record<ScriptState, (script: ScriptSummaryItem) => boolean>> = {
  enabled: ({ enabled }) => enabled === true,
  disabled: ({ enabled }) => enabled === false,
  running: ({ lastRun }) => lastRun?.status === 'running' || lastRun?.status === 'queued',
  failed: ({ lastRun }) => lastRun?.status === 'failed' || lastRun?.status === 'timed_out',
  never: ({ lastRun }) => lastRun === null,
  invalid: isInvalid,
};

const hasEvery = (words: readonly string[], { name, codeIdentifier, description }: ScriptSummaryItem): boolean => {
  const text = fold([name, codeIdentifier, description].join('\n'));
  return words.every((word) => text.includes(word));
};
