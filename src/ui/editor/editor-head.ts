import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { StoredRunListItem } from '../api/runs.js';
import type { ScriptItem } from '../api/scripts.js';
import { pageAddress } from '../app/addresses.js';
import { to } from '../app/routes.js';
import { writeKeys } from '../app/shortcuts.js';
import { controls } from '../styles/controls.js';
import '../elements/status-badge.js';
import '../elements/time-ago.js';
import '../elements/ui-icon.js';

/** Which script it is, how it stands, and what can be done with it. */
@customElement('editor-head')
export class EditorHead extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-2) var(--space-4);
        margin: calc(-1 * var(--space-2)) 0 var(--space-4);
        padding-block: var(--space-2);
        background: var(--color-canvas);
        box-shadow: 0 1px 0 var(--color-border);
      }
      .title {
        flex: 1 1 320px;
        min-inline-size: 0;
      }
      .name {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-2);
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 var(--space-3);
        color: var(--color-text-muted);
        font-size: var(--text-small);
      }
      .facts a {
        color: inherit;
        text-decoration: underline;
        text-decoration-color: var(--color-border-strong);
        text-underline-offset: 2px;
      }
      .facts a:hover {
        color: var(--color-text);
      }
      .last {
        display: inline-flex;
        align-items: center;
        gap: var(--space-1);
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
      /* A phone keeps the buttons in reach, not the title. */
      @media (max-width: 640px) {
        :host {
          display: contents;
        }
        .actions {
          position: sticky;
          inset-block-start: var(--bar-height);
          z-index: 10;
          margin-block-end: var(--space-4);
          padding-block: var(--space-2);
          background: var(--color-canvas);
          box-shadow: 0 1px 0 var(--color-border);
        }
        .actions .button.quiet {
          inline-size: var(--control-height);
          padding: 0;
        }
        .verb {
          text-transform: capitalize;
        }
        .wide {
          position: absolute;
          inline-size: 1px;
          block-size: 1px;
          overflow: hidden;
          clip-path: inset(50%);
        }
      }
    `,
  ];

  @property() heading = '';
  @property({ attribute: false }) saved: ScriptItem | null = null;
  @property({ attribute: false }) lastRun: StoredRunListItem | null = null;
  @property({ type: Boolean }) isDirty = false;
  @property({ type: Boolean }) isSaving = false;
  @property({ type: Boolean }) isStarting = false;
  @property({ type: Boolean }) isEnabled = true;
  @property() kind = '';

  async focusHeading(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector('h1')?.focus({ preventScroll: true });
  }

  override render() {
    return html`<div class="title">
        <div class="name">
          <h1 tabindex="-1">${this.heading}</h1>
          ${this.saved && 'invalid' in this.saved ? html`<span class="tag danger">Broken</span>` : nothing}
          ${this.saved?.enabled === false ? html`<span class="tag">Disabled</span>` : nothing}
          ${this.isDirty ? html`<span class="tag warning">Unsaved</span>` : nothing}
        </div>
        <div class="facts">${this.saved ? this.#facts(this.saved) : 'Not saved yet'}</div>
      </div>
      <div class="actions">
        ${this.saved ? this.#more(this.saved) : nothing}
        <button class="button" ?disabled=${!this.isDirty} @click=${() => this.#ask('editor-compare')}>Compare</button>
        <button
          class="button ${this.isDirty || !this.saved ? 'primary' : ''}"
          title=${writeKeys('Mod+S')}
          aria-disabled=${this.isSaving}
          @click=${() => this.#ask('editor-save')}
        >
          <ui-icon name=${this.isSaving ? 'spinner' : 'save'} ?spin=${this.isSaving}></ui-icon>Save
        </button>
        <button
          class="button ${this.isDirty || !this.saved ? '' : 'primary'}"
          title=${this.#whyNot || writeKeys('Mod+Enter')}
          aria-disabled=${this.isStarting || this.isSaving || this.#whyNot !== ''}
          @click=${() => this.#whyNot === '' && this.#ask('editor-run')}
        >
          <ui-icon name=${this.isStarting ? 'spinner' : 'play'} ?spin=${this.isStarting}></ui-icon>${
            this.isDirty || !this.saved ? html`<span class="verb"><span class="wide">Save and </span>run</span>` : 'Run'
          }
        </button>
      </div>`;
  }

  get #whyNot(): string {
    return this.isEnabled ? '' : 'It is disabled: enable it to run it';
  }

  #facts({ id, revision, updatedAt }: ScriptItem) {
    return html`<span>Revision ${revision}, saved <time-ago .time=${updatedAt}></time-ago></span>
      ${
        this.lastRun
          ? html`<span class="last"
              >Last run
              ${this.lastRun.status ? html`<status-badge .status=${this.lastRun.status}></status-badge>` : nothing}
              <a href=${pageAddress(to.run(this.lastRun.id))}><time-ago .time=${this.lastRun.createdAt}></time-ago></a
            ></span>`
          : nothing
      }
      <a href=${pageAddress(to.scriptRuns(id))}>All runs</a>`;
  }

  #more({ id }: ScriptItem) {
    return html`<button class="button quiet" @click=${() => this.#ask('editor-delete')}>
        <ui-icon name="trash"></ui-icon><span class="wide">Delete</span>
      </button>
      <a class="button quiet" href=${pageAddress(to.newScript({ copy: id }))}
        ><ui-icon name="copy"></ui-icon><span class="wide">Duplicate</span></a
      >`;
  }

  #ask(name: 'editor-save' | 'editor-run' | 'editor-compare' | 'editor-delete'): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'editor-head': EditorHead;
  }
  interface HTMLElementEventMap {
    'editor-save': CustomEvent<null>;
    'editor-run': CustomEvent<null>;
    'editor-compare': CustomEvent<null>;
    'editor-delete': CustomEvent<null>;
  }
}
