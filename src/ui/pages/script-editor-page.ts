import { css, html, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { messageOf } from '../api/api-error.js';
import { connection } from '../api/connection.js';
import { listRuns, type StoredRunListItem } from '../api/runs.js';
import { pageAddress } from '../app/addresses.js';
import { Page } from '../app/page.js';
import { navigate } from '../app/router.js';
import { to } from '../app/routes.js';
import { addShortcuts } from '../app/shortcuts.js';
import { asSentence } from '../format/as-sentence.js';
import type { ChangesDialog } from '../editor/changes-dialog.js';
import { compareConflict, compareDraft, compareWithSaved, wordsFor } from '../editor/comparisons.js';
import { hasTypedSecrets } from '../editor/drafts.js';
import type { EditorHead } from '../editor/editor-head.js';
import { ScriptEditing } from '../editor/script-editing.js';
import type { ScriptFields } from '../editor/script-fields.js';
import { ask } from '../elements/confirm-dialog.js';
import { notify } from '../elements/notices.js';
import { startScript } from '../run/start-script.js';
import { controls, pageFrame } from '../styles/controls.js';
import { showBidiControls } from '../format/bidi-controls.js';
import '../editor/changes-dialog.js';
import '../editor/editor-head.js';
import '../editor/editor-notes.js';
import '../editor/script-fields.js';
import '../elements/empty-state.js';

/** Makes and changes a script. */
@customElement('script-editor-page')
export class ScriptEditorPage extends Page {
  static override styles = [
    controls,
    pageFrame,
    css`
      editor-head {
        position: sticky;
        inset-block-start: var(--bar-height);
        z-index: 10;
      }
      @media (max-width: 640px) {
        editor-head {
          position: static;
        }
      }
    `,
  ];

  readonly #editing = new ScriptEditing();
  @state() private lastRun: StoredRunListItem | null = null;
  @state() private isStarting = false;
  @state() private runFailure = '';
  @query('editor-head') private head!: EditorHead | null;
  @query('script-fields') private fields!: ScriptFields | null;
  @query('changes-dialog') private dialog!: ChangesDialog;
  #wantsFocus = false;
  #opened = '';
  #opening = new AbortController();
  #stop: readonly (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    const changed = (): void => this.requestUpdate();
    const flush = (): void => this.#editing.flush();
    this.#editing.addEventListener('change', changed);
    connection.addEventListener('change', this.#reconnected);
    window.addEventListener('pagehide', flush);
    this.#stop = [
      addShortcuts([
        { keys: 'Mod+S', does: 'Save the script', run: () => void this.#unlessAsking(() => this.#save()) },
        { keys: 'Mod+Enter', does: 'Save if needed, and run', run: () => void this.#unlessAsking(() => this.#run()) },
      ]),
      () => this.#editing.removeEventListener('change', changed),
      () => connection.removeEventListener('change', this.#reconnected),
      () => window.removeEventListener('pagehide', flush),
    ];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#opening.abort();
    this.#editing.flush();
    for (const stop of this.#stop) stop();
  }

  override hasUnsavedChanges(): boolean {
    return this.#editing.isDirty;
  }

  override async mayLeave(): Promise<boolean> {
    if (!this.#editing.isDirty) return true;
    const { form, isDraftKept, offered } = this.#editing;
    const kept =
      isDraftKept && !offered // which has the place of the draft until it is decided about
        ? `They stay in this browser as a draft${hasTypedSecrets(form) ? ', without the values of secrets' : ''}.`
        : 'They cannot be kept as a draft, and will be lost.';
    return ask({ heading: 'Leave without saving your changes?', text: kept, yes: 'Leave', no: 'Stay' });
  }

  /** A new script begins with its name. */
  override focusHeading(): void {
    this.#wantsFocus = true;
    this.requestUpdate();
  }

  override updated(): void {
    if (!this.#wantsFocus || this.#editing.state === 'loading') return;
    this.#wantsFocus = false;
    if (this.#editing.state !== 'ready') super.focusHeading();
    else if (this.#editing.saved) void this.head?.focusHeading();
    else void this.fields?.focusName();
  }

  override willUpdate(): void {
    const { params, query } = this.location;
    const id = params.id ?? null;
    const address = id ?? `new?${query.toString()}`;
    if (this.#opened !== address) {
      const isOpenAlready = id !== null && id === this.#editing.saved?.id;
      this.#opened = address;
      if (!isOpenAlready) void this.#open();
    }
    this.setTitle(this.#heading, 'Script');
  }

  override render() {
    const editing = this.#editing;
    if (editing.state === 'loading') {
      return html`<div class="page-head"><h1 tabindex="-1">Script</h1></div>
        <div class="waiting" aria-busy="true">Reading the script…</div>`;
    }
    if (editing.state !== 'ready') return this.#absent();
    return html`
      <editor-head
        .heading=${this.#heading}
        .saved=${editing.saved}
        .lastRun=${this.lastRun}
        .isDirty=${editing.isDirty}
        .isSaving=${editing.isSaving}
        .isStarting=${this.isStarting}
        .kind=${editing.form.kind}
        .isEnabled=${editing.form.enabled}
        @editor-save=${() => this.#save()}
        @editor-run=${() => this.#run()}
        @editor-compare=${() => this.#compare()}
        @editor-delete=${() => this.#delete()}
      ></editor-head>
      <editor-notes
        .editing=${editing}
        .runFailure=${this.runFailure}
        @editor-detach=${this.#saveAnew}
        @draft-compare=${this.#compareDraft}
        @draft-decline=${() => editing.decline()}
        @draft-restore=${this.#restore}
      ></editor-notes>
      <script-fields
        .form=${editing.form}
        .issues=${editing.issues}
        @form-change=${({ detail }: HTMLElementEventMap['form-change']) => editing.edit(detail)}
      ></script-fields>
      <changes-dialog></changes-dialog>
    `;
  }

  get #heading(): string {
    const { saved, state: loading } = this.#editing;
    if (loading === 'loading') return 'Script';
    return saved ? showBidiControls(saved.name ?? 'Unreadable name') : 'New script';
  }

  #absent() {
    const { state: why, failure, offered } = this.#editing;
    const isMissing = why === 'missing';
    return html`<div class="page-head"><h1 tabindex="-1">Script</h1></div>
      <empty-state
        icon=${isMissing ? 'search' : 'wifi-off'}
        heading=${isMissing ? 'There is no such script' : 'The script could not be loaded'}
      >
        <p>${isMissing ? 'It may have been deleted. Its runs are still there.' : asSentence(failure)}</p>
        ${
          isMissing
            ? html`<a class="button" href=${pageAddress(to.scripts())}>All scripts</a>`
            : html`<button class="button" @click=${() => this.#open()}>Try again</button>`
        }
        ${
          isMissing && offered
            ? html`<p>You typed into it and did not save.</p>
                <button class="button primary" @click=${this.#restore}>Make a new script of your draft</button>`
            : nothing
        }
      </empty-state>`;
  }

  async #open(): Promise<void> {
    this.#opening.abort();
    this.#opening = new AbortController();
    const { signal } = this.#opening;
    const { params, query } = this.location;
    const id = params.id ?? null;
    this.lastRun = null;
    this.runFailure = '';
    await this.#editing.open({ id, example: query.get('example'), copy: query.get('copy') }, signal);
    if (id === null || signal.aborted) return;
    const runs = await listRuns({ scriptId: id, limit: 1 }, { signal }).catch(() => null); // a convenience
    this.lastRun = runs?.items[0] ?? null;
  }

  /** @returns whether what is shown is what is saved */
  async #save(): Promise<boolean> {
    const editing = this.#editing;
    if (editing.state !== 'ready' || editing.isSaving) return false;
    if (editing.saved && !editing.isDirty && !editing.isBroken) {
      notify('There is nothing to save');
      return true;
    }
    switch (await editing.save()) {
      case 'saved':
        notify(`Saved as revision ${editing.saved?.revision ?? ''}`, 'success');
        return true;
      case 'created':
        notify(`Created “${editing.saved?.name ?? ''}”`, 'success');
        return navigate(to.script(editing.id ?? ''), { replace: true });
      case 'wrong-fields':
        await this.updateComplete;
        await this.fields?.updateComplete;
        this.fields?.focusFirstIssue();
        return false;
      case 'conflict':
        return this.#settleConflict();
      default:
        return false;
    }
  }

  async #settleConflict(): Promise<boolean> {
    const editing = this.#editing;
    const { conflict, saved } = editing;
    if (!conflict) return false;
    const choice = await this.dialog.ask(compareConflict(conflict, saved?.revision ?? 0));
    editing.settle(conflict, choice === 'theirs' ? 'theirs' : 'mine');
    if (choice === 'mine') return this.#save();
    if (choice !== 'theirs') notify(`Your text is as it was; saving now replaces revision ${conflict.theirs.revision}`);
    return false;
  }

  async #run(): Promise<void> {
    const editing = this.#editing;
    if (editing.state !== 'ready' || this.isStarting || editing.isSaving) return;
    this.runFailure = '';
    const saves = editing.isDirty || !editing.saved;
    if (saves && !(await this.#save())) return;
    if (!editing.saved) return;
    this.isStarting = true;
    try {
      const runId = await startScript(editing.saved);
      if (runId !== null) await navigate(to.run(runId));
    } catch (error) {
      this.runFailure = messageOf(error);
    } finally {
      this.isStarting = false;
    }
  }

  async #compare(): Promise<void> {
    const { base, form, saved } = this.#editing;
    const choice = await this.dialog.ask(compareWithSaved(saved, base, form));
    if (choice === 'save') await this.#save();
    if (choice === 'revert') this.#editing.revert();
  }

  readonly #compareDraft = async (): Promise<void> => {
    const { form, offered, saved } = this.#editing;
    if (!offered) return;
    const choice = await this.dialog.ask(compareDraft(saved, form, offered));
    if (choice === 'decline') this.#editing.decline();
    if (choice === 'restore') await this.#restore();
  };

  readonly #restore = async (): Promise<void> => {
    const { isDirty } = this.#editing;
    const question = {
      heading: 'Replace what you have typed since?',
      text: 'The draft takes its place.',
      yes: 'Replace',
    };
    if (isDirty && !(await ask(question))) return;
    const contested = this.#editing.restore();
    if (contested.length === 0) return;
    notify(`Changed by somebody else since your draft: ${wordsFor(contested)}. Compare before you save.`, 'danger');
  };

  readonly #saveAnew = async (): Promise<void> => {
    this.#editing.detach();
    await this.#save();
  };

  async #delete(): Promise<void> {
    const name = this.#heading;
    const question = { heading: `Delete “${name}”?`, text: 'Its runs stay readable.', yes: 'Delete', danger: true };
    if (!(await ask(question))) return;
    try {
      await this.#editing.remove();
      notify(`Deleted “${name}”`, 'success');
      await navigate(to.scripts());
    } catch (error) {
      notify(`Not deleted: ${messageOf(error)}`, 'danger');
    }
  }

  #unlessAsking<T>(act: () => T): T | undefined {
    const dialogs = [this.renderRoot.querySelector('changes-dialog'), document.querySelector('confirm-dialog')];
    return dialogs.some((dialog) => dialog?.isOpen) ? undefined : act();
  }

  readonly #reconnected = (): void => {
    if (connection.present.problem === null && this.#editing.state === 'unreachable') void this.#open();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'script-editor-page': ScriptEditorPage;
  }
}
