import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { controls } from '../styles/controls.js';
import type { EnvGrid } from './env-grid.js';
import { findKind } from './kinds.js';
import { EMPTY_FORM, type ScriptForm } from './script-form.js';
import type { FieldIssue } from './script-request.js';
import './code-editor.js';
import './env-grid.js';
import './kind-choice.js';

/** All fields of a script. Tells what is typed by `form-change`; keeps nothing by itself. */
@customElement('script-fields')
export class ScriptFields extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 280px;
        gap: var(--space-5) var(--space-6);
        align-items: start;
      }
      .main,
      .side {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-4);
      }
      .names {
        display: grid;
        grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
        gap: var(--space-4);
        align-items: start;
      }
      .field {
        grid-template-columns: minmax(0, 1fr);
      }
      .input {
        inline-size: 100%;
      }
      .input.mono {
        font-family: var(--font-mono);
        font-size: 0.75rem;
      }
      textarea.input {
        field-sizing: content;
        max-block-size: 240px;
      }
      .side {
        padding: var(--space-4);
      }
      .switch {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 2px var(--space-2);
      }
      .switch input {
        inline-size: 16px;
        block-size: 16px;
        margin: 2px 0 0;
        accent-color: var(--color-accent-solid);
      }
      .switch .help {
        grid-column: 2;
        color: var(--color-text-muted);
        font-size: var(--text-small);
      }
      @media (max-width: 900px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
        }
      }
      @media (max-width: 640px) {
        .names {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) form: ScriptForm = EMPTY_FORM;
  @property({ attribute: false }) issues: readonly FieldIssue[] = [];

  async focusName(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('#name')?.focus({ preventScroll: true });
  }

  /** Puts the focus on the first field that is wrong, in the order in which they stand. */
  focusFirstIssue(): void {
    const wrong = FOCUS_ORDER.find((field) => this.#errorsOf(field).length > 0);
    if (wrong === undefined) return;
    const element = this.renderRoot.querySelector<HTMLElement>(`[data-field=${wrong === 'runner' ? 'type' : wrong}]`);
    if (wrong === 'env') (element as EnvGrid | null)?.focusOn(this.#errorsOf('env')[0]?.path ?? '');
    else element?.focus();
    element?.scrollIntoView({ block: 'nearest' });
  }

  override render() {
    return html`<div class="main">
        <div class="names">
          ${this.#text('name', 'Name', { help: '' })}
          ${this.#text('codeIdentifier', 'Identifier', { help: 'For programs. Empty: made from the name.', mono: true })}
        </div>
        ${this.#description()}
        <kind-choice
          data-field="type"
          .value=${this.form.kind}
          .error=${[...this.#messages('type'), ...this.#messages('runner')].join('; ')}
          @kind-change=${({ detail: kind }: HTMLElementEventMap['kind-change']) => this.#change({ kind })}
        ></kind-choice>
        <div class="field">
          <span class="label">Script</span>
          <code-editor
            data-field="script"
            label="Script"
            .value=${this.form.script}
            .language=${this.form.kind.startsWith('bash') ? 'shell' : 'javascript'}
            .error=${this.#messages('script').join('; ')}
            @code-change=${({ detail: script }: HTMLElementEventMap['code-change']) => this.#change({ script })}
          ></code-editor>
        </div>
        <div class="field">
          <span class="label">Environment</span>
          <env-grid
            data-field="env"
            .rows=${this.form.env}
            .issues=${this.#errorsOf('env')}
            @env-change=${({ detail: env }: HTMLElementEventMap['env-change']) => this.#change({ env })}
          ></env-grid>
        </div>
      </div>
      <div class="side panel">
        ${this.#text('timeLimit', 'Time limit', {
          field: 'timeoutMs',
          help: 'Like 90 s, 5 min, 1 h 30 min. Then the run is ended, with all that it started.',
          placeholder: 'default of the server',
        })}
        ${this.#text('defaultWorkingDirectory', 'Working directory', {
          help:
            findKind(this.form.kind)?.onHost === false
              ? 'Of no use here: the script has no files.'
              : 'Absolute. Empty: the home of the user it runs as.',
          placeholder: 'home',
          mono: true,
        })}
        ${this.#flag('enabled', 'Enabled', 'A disabled script does not run; runs that wait are canceled.')}
        ${this.#flag('confirm', 'Ask before it runs', 'The console asks, naming the script. The API does not.')}
      </div>`;
  }

  #text(
    name: 'name' | 'codeIdentifier' | 'timeLimit' | 'defaultWorkingDirectory',
    label: string,
    {
      field = name,
      help,
      placeholder,
      mono = false,
    }: { field?: string; help: string; placeholder?: string; mono?: boolean },
  ) {
    const error = this.#messages(field).join('; ');
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        data-field=${field}
        class="input ${mono ? 'mono' : ''}"
        placeholder=${placeholder ?? nothing}
        autocomplete="off"
        spellcheck="false"
        autocapitalize=${mono ? 'off' : nothing}
        aria-describedby="${name}-help ${name}-error"
        aria-invalid=${error !== ''}
        .value=${live(this.form[name])}
        @input=${(event: InputEvent) => this.#change({ [name]: textOf(event) })}
      />
      ${this.#below(name, help, error)}
    </div>`;
  }

  #description() {
    const error = this.#messages('description').join('; ');
    return html`<div class="field">
      <label for="description">Description</label>
      <textarea
        id="description"
        data-field="description"
        class="input"
        rows="1"
        aria-describedby="description-error"
        aria-invalid=${error !== ''}
        .value=${live(this.form.description)}
        @input=${(event: InputEvent) => this.#change({ description: textOf(event) })}
      ></textarea>
      ${this.#below('description', '', error)}
    </div>`;
  }

  #flag(name: 'enabled' | 'confirm', label: string, help: string) {
    const error = this.#messages(name).join('; ');
    return html`<div class="switch">
      <input
        type="checkbox"
        id=${name}
        data-field=${name}
        aria-describedby="${name}-help"
        aria-invalid=${error !== ''}
        .checked=${live(this.form[name])}
        @change=${(event: Event) => this.#change({ [name]: (event.target as HTMLInputElement).checked })}
      />
      <label for=${name}>${label}</label>
      <span class="help" id="${name}-help">${error === '' ? help : html`<span class="error">${error}</span>`}</span>
    </div>`;
  }

  #below(name: string, help: string, error: string): TemplateResult {
    return html`${help === '' ? nothing : html`<span class="help" id="${name}-help">${help}</span>`}
    ${error === '' ? nothing : html`<span class="error" id="${name}-error">${error}</span>`}`;
  }

  /** Of one field, with what follows its name in the path. */
  #errorsOf(field: string): readonly FieldIssue[] {
    return this.issues
      .filter(({ path }) => path === field || path.startsWith(`${field}.`))
      .map(({ path, message }) => ({ path: path.slice(field.length + 1), message }));
  }

  #messages(field: string): readonly string[] {
    return this.#errorsOf(field).map(({ message }) => message);
  }

  #change(patch: Partial<ScriptForm>): void {
    this.dispatchEvent(new CustomEvent('form-change', { detail: patch, bubbles: true, composed: true }));
  }
}

const FOCUS_ORDER = [
  'name',
  'codeIdentifier',
  'description',
  'type',
  'runner',
  'script',
  'env',
  'timeoutMs',
  'defaultWorkingDirectory',
  'enabled',
  'confirm',
];

const textOf = (event: Event): string => (event.target as HTMLInputElement | HTMLTextAreaElement).value;

declare global {
  interface HTMLElementTagNameMap {
    'script-fields': ScriptFields;
  }
  interface HTMLElementEventMap {
    'form-change': CustomEvent<Partial<ScriptForm>>;
  }
}
