import { css } from 'lit';

export const runRowsStyles = css`
  [role='table'] {
    grid-template-columns: auto minmax(0, 1.5fr) minmax(0, 1fr) auto auto minmax(0, 1fr);
  }
  :host([of-one-script]) [role='table'] {
    grid-template-columns: auto minmax(0, 1fr) auto auto minmax(0, 1fr);
  }
  .run {
    min-block-size: 40px;
    border-block-start: 1px solid var(--color-border);
    transition: background var(--time-fast);
  }
  .run:hover,
  .run:focus-within {
    background: var(--color-hover);
  }
  .status {
    display: flex;
  }
  .status a {
    display: inline-flex;
  }
  .script a {
    display: block;
    overflow: hidden;
    color: var(--color-text);
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .by {
    display: flex;
    gap: var(--space-2);
    min-inline-size: 0;
    white-space: nowrap;
  }
  .who {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .how {
    flex: none;
  }
  .when {
    color: var(--color-text-muted);
    white-space: nowrap;
  }
  .took {
    text-align: end;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .result {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1) var(--space-2);
    min-inline-size: 0;
    color: var(--color-text-muted);
  }
  .words {
    overflow-wrap: anywhere;
  }

  @media (max-width: 760px) {
    [role='table'] {
      display: block;
    }
    .heads {
      position: absolute;
      inline-size: 1px;
      block-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .run {
      grid-template-columns: minmax(0, 1fr) auto;
      gap: 2px var(--space-3);
      padding: var(--space-3);
    }
    .heads + .run {
      border-block-start: none;
    }
    .status {
      grid-area: 1 / 1;
    }
    .when {
      max-inline-size: 18ch;
      white-space: normal;
      grid-area: 1 / 2;
      font-size: var(--text-small);
      text-align: end;
    }
    .script {
      grid-area: 2 / 1;
    }
    .took {
      grid-area: 2 / 2;
    }
    .by {
      flex-wrap: wrap;
      gap: 0 var(--space-2);
      grid-area: 3 / 1;
      font-size: var(--text-small);
    }
    .result {
      grid-area: 3 / 2;
      justify-content: end;
      font-size: var(--text-small);
    }
    :host([of-one-script]) .by {
      grid-area: 2 / 1;
    }
    :host([of-one-script]) .result {
      grid-area: 3 / 1 / auto / 3;
      justify-content: start;
    }
  }
`;
