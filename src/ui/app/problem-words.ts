import type { ServiceProblem } from '../api/service-problems.js';
import type { IconName } from '../elements/icons.js';

type Code = ServiceProblem['code'];

export interface ProblemLook {
  readonly heading: string;
  readonly icon: IconName;
  /** `danger`: Runlet cannot do its work. `info`: an admin should know or decide. */
  readonly tone: 'danger' | 'info';
}

const LOOKS: Readonly<Record<Code, ProblemLook>> = {
  'store.unavailable': { heading: 'The store does not answer', icon: 'alert', tone: 'danger' },
  'store.missing': { heading: 'The store is gone', icon: 'alert', tone: 'danger' },
  'store.damaged': { heading: 'The store is damaged', icon: 'alert', tone: 'danger' },
  'logs.unwritable': { heading: 'Run logs cannot be written', icon: 'alert', tone: 'danger' },
  'runs.end-not-stored': { heading: 'Runs have ended and the store does not take it', icon: 'alert', tone: 'danger' },
  'recovery.pending': { heading: 'The runs of the last start are not recovered yet', icon: 'clock', tone: 'danger' },
  'queue.held': { heading: 'Queued runs wait for your decision', icon: 'info', tone: 'info' },
};

/** How a problem looks; one that a newer server has named is shown all the same. */
export const lookOf = ({ code }: ServiceProblem): ProblemLook =>
  (LOOKS as Readonly<Record<string, ProblemLook>>)[code] ?? {
    heading: 'The server has a problem',
    icon: 'alert',
    tone: 'danger',
  };
