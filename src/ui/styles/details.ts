import { css } from 'lit';

/** What a `<details>` shows of a run: monospaced, in a box of its own that scrolls. */
export const detailsBox = css`
  details {
    font-size: var(--text-small);
  }
  summary {
    cursor: pointer;
  }
  .box {
    max-block-size: 160px;
    margin: var(--space-1) 0 0;
    padding: var(--space-2) var(--space-3);
    border-radius: var(--radius);
    background: var(--color-sunken);
    overflow: auto;
    font-family: var(--font-mono);
    overflow-wrap: anywhere;
  }
`;
