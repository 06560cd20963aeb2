import type { RunStatus, RunTrigger } from '../api/runs.js';
import { keyOf } from '../elements/choice.js';
import { STATUS_LOOK } from '../elements/run-status.js';

/** What a list of runs shows: everything where a part is empty. */
export interface RunHistoryFilter {
  readonly status: RunStatus | '';
  readonly trigger: RunTrigger | '';
  readonly scriptId: string;
}

export const NO_RUN_FILTER: RunHistoryFilter = { status: '', trigger: '', scriptId: '' };

export const STATUS_WORDS = Object.fromEntries(
  Object.entries(STATUS_LOOK).map(([status, { word }]) => [status, word]),
) as Readonly<Record<RunStatus, string>>;

export const TRIGGER_WORDS: Readonly<Record<RunTrigger, string>> = {
  manual: 'By hand',
  api: 'Over the API',
  schedule: 'By a schedule',
};

export const readRunFilter = (query: URLSearchParams): RunHistoryFilter => ({
  status: keyOf(STATUS_WORDS, query.get('status')),
  trigger: keyOf(TRIGGER_WORDS, query.get('trigger')),
  scriptId: /^[0-9a-f]{24}$/i.test(query.get('script') ?? '') ? (query.get('script') ?? '') : '',
});

/** As it stands in the address. */
export const writeRunFilter = ({ status, trigger, scriptId }: RunHistoryFilter): Record<string, string> =>
  Object.fromEntries(Object.entries({ status, trigger, script: scriptId }).filter(([, value]) => value !== ''));

export const isRunFiltered = (filter: RunHistoryFilter): boolean => Object.values(filter).some((part) => part !== '');
