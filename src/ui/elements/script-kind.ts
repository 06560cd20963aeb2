import type { IconName } from './icons.js';

/** The picture of each kind of script, everywhere. */
export const KIND_ICON = {
  bash: 'terminal',
  node: 'code',
  vm2: 'shield',
  browser: 'globe',
} as const satisfies Record<string, IconName>;
