import { css } from 'lit';

/** Rows of one grid, so that their columns stand in line. What has them names its columns. */
export const tableFrame = css`
  [role='table'] {
    display: grid;
    column-gap: var(--space-6);
    border: 1px solid var(--color-border);
    border-radius: var(--radius-large);
    background: var(--color-surface);
    overflow: clip;
  }
  [role='row'] {
    display: grid;
    grid-column: 1 / -1;
    grid-template-columns: subgrid;
    align-items: center;
    padding: var(--space-2) var(--space-4);
  }
  .heads {
    color: var(--color-text-muted);
    font-size: var(--text-small);
    font-weight: 500;
  }
`;
