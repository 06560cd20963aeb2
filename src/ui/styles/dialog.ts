import { css } from 'lit';

/** How a modal dialog stands above its page. */
export const dialogFrame = css`
  dialog {
    padding: var(--space-5);
    border: 1px solid var(--color-border);
    border-radius: var(--radius-large);
    background: var(--color-raised);
    color: var(--color-text);
    box-shadow: var(--shadow-overlay);
  }
  dialog::backdrop {
    background: rgb(10 10 20 / 45%);
  }
`;
