import { css, html, LitElement } from 'lit';
import { customElement } from 'lit/decorators.js';
import { pageAddress } from '../../app/addresses.js';
import { to } from '../../app/routes.js';
import { EXAMPLES } from '../../editor/examples.js';
import { KIND_ICON } from '../../elements/script-kind.js';
import { controls } from '../../styles/controls.js';
import { KINDS, type ScriptKind } from './filter-scripts.js';
import '../../elements/ui-icon.js';

/** The examples that a new script can begin as. */
@customElement('example-choices')
export class ExampleChoices extends LitElement {
  static override styles = [
    controls,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(220px, 1fr));
        gap: var(--space-3);
        margin: 0;
        padding: 0;
        list-style: none;
        text-align: start;
      }
      a {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: var(--space-1) var(--space-3);
        block-size: 100%;
        align-content: start;
        padding: var(--space-4);
        border: 1px solid var(--color-border);
        border-radius: var(--radius-large);
        background: var(--color-surface);
        color: var(--color-text);
        transition:
          border-color var(--time-fast),
          box-shadow var(--time-fast);
      }
      a:hover {
        border-color: var(--color-border-strong);
        box-shadow: var(--shadow-raised);
        text-decoration: none;
      }
      ui-icon {
        grid-row: span 3;
        margin-block-start: 2px;
        color: var(--color-accent);
      }
      strong {
        font-weight: 600;
      }
    `,
  ];

  override render() {
    return html`<ul role="list">
      ${Object.entries(EXAMPLES).map(
        ([example, { shows, script }]) =>
          html`<li>
            <a href=${pageAddress(to.newScript({ example }))}>
              <ui-icon name=${KIND_ICON[example as ScriptKind]}></ui-icon>
              <strong>${script.name}</strong>
              <span class="muted small">${KINDS[example as ScriptKind]}</span>
              <span class="muted">${shows}</span>
            </a>
          </li>`,
      )}
    </ul>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'example-choices': ExampleChoices;
  }
}
