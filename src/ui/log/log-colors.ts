import { css } from 'lit';

/** The 16 colours of terminals, each readable as text on the log's background; and how styles of output look. */
export const logColors = css`
  :host {
    --log-color-0: light-dark(#3b3f4a, #8d93a3);
    --log-color-1: light-dark(#b3261e, #ff8b85);
    --log-color-2: light-dark(#1a7232, #6fd08c);
    --log-color-3: light-dark(#855600, #e3b341);
    --log-color-4: light-dark(#1d57c9, #7fb2ff);
    --log-color-5: light-dark(#8a2fb8, #d8a1ff);
    --log-color-6: light-dark(#0b6e78, #5ccfd9);
    --log-color-7: light-dark(#5b606c, #c9ccd6);
    --log-color-8: light-dark(#666b78, #9aa0af);
    --log-color-9: light-dark(#c8281f, #ffa39e);
    --log-color-10: light-dark(#1d7d38, #8ee0a6);
    --log-color-11: light-dark(#8f5e00, #f2cc60);
    --log-color-12: light-dark(#2563db, #a3c8ff);
    --log-color-13: light-dark(#9d3acc, #e6bfff);
    --log-color-14: light-dark(#0b7782, #87e3ea);
    --log-color-15: light-dark(#1a1a21, #ffffff);
  }
  .text .bold {
    font-weight: 700;
  }
  .text .dim {
    font-weight: 300;
    color: var(--color-text-muted);
  }
  .text .italic {
    font-style: italic;
  }
  .text .underline {
    text-decoration: underline;
  }
  .text .strike {
    text-decoration: line-through;
  }
  .text .underline.strike {
    text-decoration: underline line-through;
  }
  .text .bg {
    background: var(--bg);
    color: light-dark(#fff, #101114);
  }
  .text .fg {
    color: var(--fg);
  }
  .text .inverse {
    background: var(--fg, var(--color-text));
    color: var(--bg, var(--color-surface));
  }
`;
