import { css } from 'lit';

/** For inside a rule: how what lies above the page is told from it. */
export const raisedSurface = css`
  border: 1px solid var(--color-border);
  border-radius: var(--radius-large);
  background: var(--color-raised);
  box-shadow: var(--shadow-overlay);
`;
