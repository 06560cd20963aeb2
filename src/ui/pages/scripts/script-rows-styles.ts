import { css } from 'lit';

export const rowStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto auto auto auto;
    column-gap: var(--space-6);
    border: 1px solid var(--color-border);
    border-radius: var(--radius-large);
    background: var(--color-surface);
    overflow: clip;
  }
  .heads,
  ul,
  li {
    display: grid;
    grid-column: 1 / -1;
    grid-template-columns: subgrid;
  }
  .heads {
    padding: var(--space-2) var(--space-4);
    border-block-end: 1px solid var(--color-border);
    color: var(--color-text-muted);
    font-size: var(--text-small);
    font-weight: 500;
  }
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  li {
    align-items: center;
    padding: var(--space-2) var(--space-4);
    transition: background var(--time-fast);
  }
  li + li {
    border-block-start: 1px solid var(--color-border);
  }
  li:hover,
  li:focus-within {
    background: var(--color-hover);
  }
  .what {
    min-inline-size: 0;
  }
  .name {
    display: flex;
    align-items: center;
    gap: var(--space-2);
  }
  .name a {
    overflow: hidden;
    color: var(--color-text);
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .name a:focus-visible {
    outline-offset: -1px;
  }
  .off .name a {
    color: var(--color-text-muted);
  }
  .about {
    display: flex;
    gap: var(--space-2);
    color: var(--color-text-muted);
    font-size: var(--text-small);
    white-space: nowrap;
  }
  .description {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .description::before {
    content: '·';
    margin-inline-end: var(--space-2);
  }
  .kind,
  .last {
    display: flex;
    align-items: center;
    gap: 6px;
  }
  .kind ui-icon {
    color: var(--color-text-muted);
  }
  .last {
    gap: var(--space-2);
    white-space: nowrap;
  }
  .last a {
    display: inline-flex;
  }
  .last time-ago {
    font-size: var(--text-small);
  }
  .usual {
    text-align: end;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .usual .label {
    display: none;
  }
  .actions {
    display: flex;
    align-items: center;
    justify-content: end;
    gap: var(--space-1);
  }
  li .button.quiet:hover {
    background: var(--color-border);
  }

  @media (max-width: 760px) {
    :host {
      display: block;
    }
    .heads {
      display: none;
    }
    ul {
      display: block;
    }
    li {
      grid-template-columns: minmax(0, 1fr) auto;
      gap: var(--space-1) var(--space-3);
      padding: var(--space-3);
    }
    .what {
      grid-column: 1;
    }
    .actions {
      grid-column: 2;
      grid-row: 1 / span 2;
      align-self: start;
    }
    .kind,
    .last,
    .usual {
      grid-column: 1 / -1;
      font-size: var(--text-small);
      text-align: start;
    }
    .kind {
      grid-row: 3;
    }
    .last {
      grid-row: 2;
    }
    .usual {
      grid-row: 3;
      justify-self: end;
      color: var(--color-text-muted);
    }
    .usual .label {
      display: inline;
    }
    .description {
      display: none;
    }
    .about code {
      overflow: hidden;
      text-overflow: ellipsis;
    }
  }
`;
