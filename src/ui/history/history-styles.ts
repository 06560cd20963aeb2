import { css } from 'lit';

/** Filters above a list, and what stands below it. For screens that look back. */
export const historyStyles = css`
  .filters {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
    margin-block-end: var(--space-3);
  }
  .filters .select,
  .filters .input {
    max-inline-size: min(220px, 100%);
  }
  .after {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: center;
    gap: var(--space-3);
    padding: var(--space-4);
    color: var(--color-text-muted);
  }
  .waiting {
    padding: var(--space-12) var(--space-4);
    color: var(--color-text-muted);
    text-align: center;
  }
`;
