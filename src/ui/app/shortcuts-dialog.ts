import { css, html, LitElement } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { controls } from '../styles/controls.js';
import { dialogFrame } from '../styles/dialog.js';
import {
  isSingleKey,
  letSingleKeysWork,
  presentShortcuts,
  type Shortcut,
  singleKeysWork,
  writeKeys,
} from './shortcuts.js';
import '../elements/ui-icon.js';

/** What keys do on the present screen. */
@customElement('shortcuts-dialog')
export class ShortcutsDialog extends LitElement {
  static override styles = [
    controls,
    dialogFrame,
    css`
      dialog {
        inline-size: min(480px, calc(100vw - 2 * var(--space-4)));
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        margin-block-end: var(--space-3);
      }
      dl {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: var(--space-2) var(--space-4);
        margin: 0;
      }
      dt {
        grid-column: 1;
      }
      dd {
        grid-column: 2;
        margin: 0;
        text-align: end;
      }
      .off {
        color: var(--color-text-muted);
        text-decoration: line-through;
      }
      label {
        display: flex;
        gap: var(--space-2);
        margin-block-start: var(--space-4);
      }
    `,
  ];

  @state() private shortcuts: readonly Shortcut[] = [];
  @state() private singleKeys = true;
  @query('dialog') private dialog!: HTMLDialogElement;

  open(): void {
    this.shortcuts = presentShortcuts();
    this.singleKeys = singleKeysWork();
    this.dialog.showModal();
  }

  override render() {
    return html`<dialog aria-labelledby="heading">
      <header>
        <h2 id="heading">Keyboard shortcuts</h2>
        <form method="dialog">
          <button class="button quiet icon small" aria-label="Close"><ui-icon name="x"></ui-icon></button>
        </form>
      </header>
      <dl>
        ${this.shortcuts.map(
          ({ keys, does }) =>
            html`<dt class=${this.#isOff(keys) ? 'off' : ''}>${does}</dt>
              <dd class=${this.#isOff(keys) ? 'off' : ''}><kbd>${writeKeys(keys)}</kbd></dd>`,
        )}
      </dl>
      <label
        ><input type="checkbox" .checked=${this.singleKeys} @change=${this.#switch} />Single keys do something</label
      >
    </dialog>`;
  }

  #isOff(keys: string): boolean {
    return !this.singleKeys && isSingleKey(keys);
  }

  #switch({ target }: Event): void {
    this.singleKeys = (target as HTMLInputElement).checked;
    letSingleKeysWork(this.singleKeys);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'shortcuts-dialog': ShortcutsDialog;
  }
}
