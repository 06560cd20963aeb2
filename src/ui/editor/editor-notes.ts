import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { controls } from '../styles/controls.js';
import { asSentence } from '../format/as-sentence.js';
import type { Draft } from './drafts.js';
import { wordsFor } from './comparisons.js';
import { fieldOfPath } from './script-changes.js';
import type { ScriptEditing } from './script-editing.js';
import { showBidiControls } from '../format/bidi-controls.js';
import './editor-note.js';
import '../elements/time-ago.js';

/** What the admin should know before going on, most urgent first. */
@customElement('editor-notes')
export class EditorNotes extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
    `,
  ];

  @property({ attribute: false, hasChanged: () => true }) editing!: ScriptEditing;
  /** Why a run was not started; empty when it was. */
  @property() runFailure = '';

  override render() {
    const { offered, isGone, failure, isBroken, isDraftKept, isDirty } = this.editing;
    return html`
      ${isGone ? this.#gone() : failure === '' ? nothing : this.#notSaved()}
      ${
        this.runFailure === ''
          ? nothing
          : html`<editor-note tone="danger"><strong>Not started.</strong> ${asSentence(this.runFailure)}</editor-note>`
      }
      ${isBroken ? this.#broken() : nothing} ${offered ? this.#draft(offered) : nothing}
      ${
        isDirty && !isDraftKept
          ? html`<editor-note tone="warning"
              >This browser cannot keep a draft: its storage is full or refused. Save before you leave.</editor-note
            >`
          : nothing
      }
    `;
  }

  #gone() {
    return html`<editor-note tone="danger">
      <strong>This script was deleted meanwhile.</strong> What you typed is still here, and can become a new script.
      <button slot="actions" class="button small primary" @click=${() => this.#ask('editor-detach')}>
        Save as a new script
      </button>
    </editor-note>`;
  }

  #notSaved() {
    const { failure, issues } = this.editing;
    const fields = [...new Set(issues.map(({ path }) => fieldOfPath(path)))].filter((field) => field !== null);
    return html`<editor-note tone="danger"
      ><strong>Not saved.</strong> ${
        fields.length > 0
          ? `Something is wrong with: ${wordsFor(fields)}.`
          : `${asSentence(failure)} What you typed is still here.`
      }</editor-note
    >`;
  }

  #broken() {
    return html`<editor-note tone="warning">
      <strong>What is stored breaks the rules, so it does not run.</strong> Correct it and save:
      ${this.editing.whyBroken.map(({ path, message }) => `${path} ${message}`).join('; ')}.
    </editor-note>`;
  }

  #draft({ at, revision, form }: Draft) {
    const { saved } = this.editing;
    const isOlder = saved !== null && revision !== null && revision !== saved.revision;
    return html`<editor-note>
      Unsaved changes of yours, typed <time-ago .time=${at}></time-ago>${
        isOlder ? ` into revision ${revision}` : ''
      }${saved ? '' : `: “${showBidiControls(form.name || 'no name yet')}”`}.
      <button slot="actions" class="button small" @click=${() => this.#ask('draft-compare')}>Compare</button>
      <button slot="actions" class="button small" @click=${() => this.#ask('draft-decline')}>Discard</button>
      <button slot="actions" class="button small primary" @click=${() => this.#ask('draft-restore')}>Restore</button>
    </editor-note>`;
  }

  #ask(name: keyof NoteEvents): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true }));
  }
}

interface NoteEvents {
  'editor-detach': CustomEvent<null>;
  'draft-compare': CustomEvent<null>;
  'draft-decline': CustomEvent<null>;
  'draft-restore': CustomEvent<null>;
}

declare global {
  interface HTMLElementTagNameMap {
    'editor-notes': EditorNotes;
  }
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- joins the names
  interface HTMLElementEventMap extends NoteEvents {}
}
