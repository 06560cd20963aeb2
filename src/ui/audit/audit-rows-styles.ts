import { css } from 'lit';

export const auditRowsStyles = css`
  [role='table'] {
    grid-template-columns: auto minmax(0, 1.2fr) minmax(0, 1fr) auto auto minmax(0, 1.4fr);
  }
  .item {
    min-block-size: 40px;
    border-block-start: 1px solid var(--color-border);
  }
  .item:hover,
  .item:focus-within {
    background: var(--color-hover);
  }
  .what {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    font-weight: 500;
    white-space: nowrap;
  }
  .what ui-icon {
    color: var(--color-text-muted);
  }
  .script a,
  .script {
    overflow: hidden;
    color: var(--color-text);
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .script a {
    display: block;
    font-weight: 600;
  }
  .who {
    display: flex;
    gap: var(--space-2);
    min-inline-size: 0;
    white-space: nowrap;
  }
  .name {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .address {
    overflow: hidden;
    font-size: var(--text-small);
    line-height: 20px;
    text-overflow: ellipsis;
  }
  .when {
    color: var(--color-text-muted);
    white-space: nowrap;
  }
  .outcome {
    white-space: nowrap;
  }
  .success .outcome {
    color: var(--color-text-muted);
  }
  .failure .outcome {
    color: var(--color-danger);
    font-weight: 500;
  }
  .denied .outcome {
    color: var(--color-warning);
    font-weight: 500;
  }
  .details {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1) var(--space-2);
    min-inline-size: 0;
    color: var(--color-text-muted);
    font-size: var(--text-small);
  }
  .details > * {
    overflow-wrap: anywhere;
  }

  @media (max-width: 820px) {
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
    .item {
      grid-template-columns: minmax(0, 1fr) auto;
      gap: 2px var(--space-3);
      padding: var(--space-3);
    }
    .heads + .item {
      border-block-start: none;
    }
    .what {
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
    .outcome {
      grid-area: 2 / 2;
      text-align: end;
    }
    .who {
      grid-area: 3 / 1 / auto / 3;
      font-size: var(--text-small);
    }
    .details {
      grid-column: 1 / -1;
    }
  }
`;
