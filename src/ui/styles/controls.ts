import { css } from 'lit';

/** How plain HTML controls look. For `static styles` of every element that has some: `[controls, css`…`]`. */
export const controls = css`
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p {
    margin: 0;
  }
  h1 {
    font-size: var(--text-large);
    font-weight: 600;
    line-height: 1.3;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
  }
  h2 {
    font-size: var(--text-medium);
    font-weight: 600;
  }
  h1:focus {
    outline: none;
  }
  a {
    color: var(--color-accent);
    text-decoration: none;
    border-radius: 2px;
  }
  a:hover {
    text-decoration: underline;
  }
  :focus-visible {
    outline: 2px solid var(--color-focus);
    outline-offset: 2px;
  }
  code,
  kbd,
  .mono {
    font-family: var(--font-mono);
    font-size: 0.9231em;
  }
  kbd {
    display: inline-block;
    min-inline-size: 1.6em;
    padding: 0 var(--space-1);
    border: 1px solid var(--color-border-strong);
    border-block-end-width: 2px;
    border-radius: var(--radius-small);
    background: var(--color-surface);
    text-align: center;
  }
  .muted {
    color: var(--color-text-muted);
  }
  .small {
    font-size: var(--text-small);
  }
  /* Says that something is being waited for, once that has taken a while. */
  .waiting {
    display: grid;
    place-items: center;
    min-block-size: 240px;
    color: var(--color-text-muted);
    animation: appear 200ms 500ms both;
  }
  @keyframes appear {
    from {
      opacity: 0;
    }
  }
  .visually-hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-block-size: var(--control-height);
    padding: 0 var(--space-3);
    border: 1px solid var(--color-border-strong);
    border-radius: var(--radius);
    background: var(--color-surface);
    color: var(--color-text);
    font: 500 var(--text-normal) / 1 var(--font-sans);
    white-space: nowrap;
    text-decoration: none;
    cursor: pointer;
    transition:
      background var(--time-fast),
      border-color var(--time-fast);
  }
  .button:hover {
    background: var(--color-hover);
    text-decoration: none;
  }
  .button:active {
    transform: translateY(0.5px);
  }
  .button:disabled,
  .button[aria-disabled='true'] {
    opacity: 0.5;
    cursor: not-allowed;
  }
  .button.primary {
    border-color: transparent;
    background: var(--color-accent-solid);
    color: var(--color-on-accent);
  }
  .button.primary:hover:not(:disabled) {
    background: var(--color-accent-solid-hover);
  }
  .button.danger {
    border-color: transparent;
    background: var(--color-danger-solid);
    color: var(--color-on-accent);
  }
  .button.danger:hover:not(:disabled) {
    background: var(--color-danger-solid-hover);
  }
  .button.quiet {
    border-color: transparent;
    background: none;
    color: var(--color-text-muted);
  }
  .button.quiet:hover:not(:disabled) {
    background: var(--color-hover);
    color: var(--color-text);
  }
  .button[aria-pressed='true'],
  .button.quiet[aria-pressed='true']:hover:not(:disabled) {
    background: var(--color-selected);
    color: var(--color-accent);
  }
  .button[aria-pressed='true']:hover:not(:disabled) {
    border-color: var(--color-accent);
  }
  @media (forced-colors: active) {
    .button.quiet:hover:not(:disabled) {
      border-color: Highlight;
    }
    .button[aria-pressed='true'],
    .button.quiet[aria-pressed='true']:hover:not(:disabled) {
      background: SelectedItem;
      color: SelectedItemText;
      forced-color-adjust: none;
    }
    .button[aria-pressed='true']:hover:not(:disabled) {
      border-color: ButtonText;
    }
  }
  .button.small {
    min-block-size: var(--control-height-small);
    padding: 0 var(--space-2);
    font-size: var(--text-small);
  }
  .button.icon {
    padding: 0;
    inline-size: var(--control-height);
  }
  .button.icon.small {
    inline-size: var(--control-height-small);
  }

  .input,
  .select,
  textarea.input {
    min-block-size: var(--control-height);
    padding: 0 10px;
    border: 1px solid var(--color-border-strong);
    border-radius: var(--radius);
    background-color: var(--color-surface);
    color: var(--color-text);
    font: var(--text-normal) / 1.4 var(--font-sans);
    transition: border-color var(--time-fast);
  }
  textarea.input {
    padding-block: 6px;
    resize: vertical;
  }
  .input::placeholder {
    color: var(--color-text-muted);
    opacity: 1;
  }
  .input:hover,
  .select:hover {
    border-color: var(--color-text-muted);
  }
  .select {
    appearance: none;
    padding-inline-end: 30px;
    background-image: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%23808090' stroke-width='2.5' stroke-linecap='round' stroke-linejoin='round'%3E%3Cpath d='m6 9 6 6 6-6'/%3E%3C/svg%3E");
    background-position: right 9px center;
    background-repeat: no-repeat;
    background-size: 14px;
    cursor: pointer;
  }
  .input:focus-visible,
  .select:focus-visible {
    outline-offset: -1px;
  }
  .input[aria-invalid='true'] {
    border-color: var(--color-danger);
  }

  .field {
    display: grid;
    gap: var(--space-1);
  }
  .field > label,
  .field > .label {
    font-weight: 500;
  }
  .field > .help {
    color: var(--color-text-muted);
    font-size: var(--text-small);
  }
  .field > .error {
    color: var(--color-danger);
    font-size: var(--text-small);
  }

  .panel {
    border: 1px solid var(--color-border);
    border-radius: var(--radius-large);
    background: var(--color-surface);
  }
  .tag {
    display: inline-flex;
    align-items: center;
    gap: var(--space-1);
    padding: 1px 6px;
    border: 1px solid var(--color-border);
    border-radius: var(--radius-small);
    color: var(--color-text-muted);
    font-size: var(--text-small);
    line-height: 16px;
    white-space: nowrap;
  }
  .tag.warning {
    border-color: transparent;
    background: var(--color-warning-soft);
    color: var(--color-warning);
  }
  .tag.danger {
    border-color: transparent;
    background: var(--color-danger-soft);
    color: var(--color-danger);
  }
`;

/** The frame of a screen: its width, and the row with heading and actions. For every `Page`. */
export const pageFrame = css`
  :host {
    display: block;
    max-inline-size: var(--page-width);
    margin-inline: auto;
    padding: var(--space-5) var(--space-6) var(--space-12);
  }
  .page-head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2) var(--space-3);
    margin-block-end: var(--space-4);
  }
  .page-head h1 {
    flex: 1 1 auto;
    min-inline-size: 0;
  }
  .page-head .actions {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
  }
  @media (max-width: 640px) {
    :host {
      padding: var(--space-4) var(--space-3) var(--space-8);
    }
  }
`;
