import type { RunStatus } from '../api/runs.js';
import { STATUS_LOOK, type StatusLook } from '../elements/run-status.js';

const SIGN: Readonly<Record<RunStatus, string>> = {
  queued: '…',
  running: '▶',
  succeeded: '✓',
  failed: '✗',
  canceled: '⊘',
  timed_out: '⏱',
};
const COLOR: Readonly<Record<StatusLook['tone'], string>> = {
  neutral: '#6b7280',
  info: '#2f6fed',
  success: '#1f9d55',
  danger: '#d6303a',
  warning: '#c77800',
};

/** How a tab in the background tells the status of its run: before the words of its title. */
export const titleSign = (status: RunStatus): string => `${SIGN[status]} ${STATUS_LOOK[status].word}`;

/** Its icon: a dot in the colour of the status. @returns puts back the icon that was there */
export const showTabIcon = (status: RunStatus): (() => void) => {
  const link = document.querySelector<HTMLLinkElement>('link[rel~="icon"]');
  if (!link) return () => undefined;
  const before = link.href;
  const color = COLOR[STATUS_LOOK[status].tone];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${color}"/></svg>`;
  link.href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  return () => (link.href = before);
};
