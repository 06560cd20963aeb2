import type { AuditItem } from '../api/audit.js';
import type { IconName } from '../elements/icons.js';

/** How each action is written and drawn. */
export const ACTION_LOOK: Readonly<Record<AuditItem['action'], { word: string; icon: IconName }>> = {
  'scripts.create': { word: 'Created', icon: 'plus' },
  'scripts.update': { word: 'Changed', icon: 'pencil' },
  'scripts.delete': { word: 'Deleted', icon: 'trash' },
  'scripts.run': { word: 'Started', icon: 'play' },
  'scripts.cancel': { word: 'Canceled', icon: 'slash' },
  'scripts.release': { word: 'Released', icon: 'play' },
  'auth.failure': { word: 'Wrong password', icon: 'shield' },
};

export const ACTION_WORDS = Object.fromEntries(
  Object.entries(ACTION_LOOK).map(([action, { word }]) => [action, word]),
) as Readonly<Record<AuditItem['action'], string>>;

export const OUTCOME_WORDS: Readonly<Record<AuditItem['outcome'], string>> = {
  success: 'Done',
  failure: 'Failed',
  denied: 'Refused',
};
