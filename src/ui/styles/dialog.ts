import { css } from 'lit';
import { raisedSurface } from './raised-surface.js';

/** How a modal dialog stands above its page. */
export const dialogFrame = css`
  dialog {
    padding: var(--space-5);
    ${raisedSurface}
    color: var(--color-text);
  }
  dialog::backdrop {
    background: rgb(10 10 20 / 45%);
  }
`;
