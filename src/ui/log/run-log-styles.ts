import { css } from 'lit';

export const runLogStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    border: 1px solid var(--color-border);
    border-radius: var(--radius-large);
    background: var(--color-surface);
    overflow: hidden;
  }
  .rows {
    position: relative;
    flex: 1 1 auto;
    min-block-size: 120px;
  }
  .viewport {
    position: absolute;
    inset: 0;
    overflow: auto;
    overflow-anchor: none;
    contain: strict;
    font: 0.75rem / 20px var(--font-mono);
    tab-size: 8;
  }
  .viewport:focus-visible {
    outline-offset: -2px;
  }
  .space {
    position: relative;
    min-inline-size: 100%;
  }
  .block {
    position: absolute;
    inset-inline-start: 0;
    inline-size: max-content;
    min-inline-size: 100%;
  }
  .wrap .block {
    inline-size: 100%;
  }
  .row {
    display: flex;
    block-size: 20px;
    padding-inline-end: var(--space-3);
    border-inline-start: 3px solid transparent;
  }
  .wrap .row {
    block-size: auto;
    min-block-size: 20px;
  }
  .number,
  .time,
  .stream {
    flex: none;
    color: var(--color-text-muted);
    user-select: none;
    -webkit-user-select: none;
  }
  .number {
    box-sizing: content-box;
    inline-size: var(--digits, 4ch);
    padding-inline: var(--space-1) var(--space-3);
    text-align: end;
    text-decoration: none;
  }
  .number:hover {
    color: var(--color-accent);
    text-decoration: underline;
  }
  .time:not(:empty) {
    padding-inline-end: var(--space-3);
  }
  .stream {
    inline-size: 4ch;
  }
  .text {
    flex: 1 1 auto;
    min-inline-size: 0;
    white-space: pre;
    unicode-bidi: isolate;
  }
  .wrap .text {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .text a {
    color: var(--color-accent);
    text-decoration: underline;
  }
  .row.stderr {
    border-inline-start-color: var(--color-danger);
  }
  .row.stderr .stream {
    color: var(--color-danger);
  }
  .row.system {
    border-inline-start-color: var(--color-info);
    background: var(--color-info-soft);
  }
  .row.system .text {
    font-style: italic;
  }
  .row.selected {
    background: var(--color-selected);
  }
  .row.match {
    background: var(--color-selected);
    box-shadow: inset 0 0 0 1px var(--color-accent);
  }
  .row.missing {
    background: linear-gradient(var(--color-sunken), var(--color-sunken)) 7ch 6px / 24ch 8px no-repeat;
  }
  .cut {
    color: var(--color-text-muted);
    font-style: italic;
  }
  .all .row {
    background: var(--color-selected);
  }
  .print {
    display: none;
    margin: 0;
    font: 0.75rem / 1.4 var(--font-mono);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  @media print {
    :host {
      display: block;
      border: 0;
      overflow: visible;
    }
    log-toolbar,
    .rows {
      display: none;
    }
    .print {
      display: block;
    }
  }
  mark {
    border-radius: 2px;
    background: var(--color-mark);
    color: inherit;
  }
  .end {
    position: absolute;
    inset-block-end: var(--space-3);
    inset-inline: 0;
    display: flex;
    justify-content: center;
    pointer-events: none;
  }
  .end .button {
    border-radius: 999px;
    box-shadow: var(--shadow-overlay);
    pointer-events: auto;
  }
  .empty {
    position: absolute;
    inset: 0;
    display: grid;
    place-content: center;
    padding: var(--space-4);
    color: var(--color-text-muted);
    text-align: center;
  }
`;
