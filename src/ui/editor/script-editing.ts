import { type ApiError, isAborted, isApiError, messageOf } from '../api/api-error.js';
import { createScript, deleteScript, getScript, type ScriptItem, updateScript } from '../api/scripts.js';
import { serverClock } from '../platform/server-clock.js';
import { type Draft, dropDraft, keepDraft, readDraft } from './drafts.js';
import { findExample } from './examples.js';
import { changedFields, fieldOfPath, meet, type Meeting } from './script-changes.js';
import { detached, EMPTY_FORM, formOf, formOfDraft, isBrokenItem, type ScriptForm } from './script-form.js';
import { type FieldIssue, requestOf, withoutBlankRows } from './script-request.js';

/** Where a script to be edited comes from. */
export interface Source {
  /** null for one that is to be made */
  readonly id: string | null;
  readonly example?: string | null;
  /** Id of the script that is duplicated. */
  readonly copy?: string | null;
}

/** A save that met a newer revision. */
export interface Conflict {
  readonly theirs: ScriptItem;
  readonly meeting: Meeting;
}

export type SaveOutcome = 'saved' | 'created' | 'wrong-fields' | 'conflict' | 'gone' | 'failed';

/** Keystrokes are gathered for so long before they go into the draft, ms. */
const DRAFT_DELAY_MS = 300;
const NEW = 'new';

/** A script while it is being edited: what is saved, what is typed, and the way between them. Dispatches `change`. */
export class ScriptEditing extends EventTarget {
  id: string | null = null;
  /** As the server has it; null for one that it does not have. */
  saved: ScriptItem | null = null;
  /** What was typed into, before it was. */
  base: ScriptForm = EMPTY_FORM;
  form: ScriptForm = EMPTY_FORM;
  issues: readonly FieldIssue[] = [];
  state: 'loading' | 'ready' | 'missing' | 'unreachable' = 'loading';
  isSaving = false;
  /** Why the last save or load did not succeed, for a person; empty when it did. */
  failure = '';
  /** Of an earlier visit, to be decided about. */
  offered: Draft | null = null;
  conflict: Conflict | null = null;
  /** The script was deleted while it was edited. */
  isGone = false;
  /** Whether what is typed would outlive the page. */
  isDraftKept = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get isDirty(): boolean {
    return changedFields(withoutBlankRows(this.base), withoutBlankRows(this.form)).length > 0;
  }

  /** What is stored breaks the rules. */
  get isBroken(): boolean {
    return this.whyBroken.length > 0;
  }

  get whyBroken(): readonly FieldIssue[] {
    return this.saved && isBrokenItem(this.saved) ? this.saved.invalid : [];
  }

  async open({ id, example, copy }: Source, signal?: AbortSignal): Promise<void> {
    this.#begin(id, EMPTY_FORM, null);
    this.state = 'loading';
    this.#tell();
    try {
      if (id !== null) this.#show(await getScript(id, { ...(signal && { signal }) }));
      else if (copy) this.form = this.base = copyOf(formOf(await getScript(copy, { ...(signal && { signal }) })));
      else if (example) this.form = this.base = exampleForm(example);
      this.state = 'ready';
      this.#offer();
    } catch (error) {
      if (isAborted(error)) return;
      this.state = isApiError(error, 'script.not-found', 'request.invalid') ? 'missing' : 'unreachable';
      this.failure = messageOf(error);
      this.#offer();
    }
    this.#tell();
  }

  edit(patch: Partial<ScriptForm>): void {
    const { issues } = this;
    this.form = { ...this.form, ...patch };
    this.issues = issues.filter(({ path }) => !Object.hasOwn(patch, fieldOfPath(path) ?? ''));
    if (issues.length > 0 && this.issues.length === 0) this.failure = '';
    this.#draftSoon();
    this.#tell();
  }

  /** Creates the script or replaces the revision that was loaded. What did not work out is in `issues`, `failure`, `conflict`, `isGone`. */
  async save(): Promise<SaveOutcome> {
    if (this.isSaving) return 'failed';
    this.form = withoutBlankRows(this.form);
    const sent = this.form;
    const request = requestOf(sent);
    if ('issues' in request) return this.#refuse(request.issues, 'Some fields cannot be saved as they are.');
    this.isSaving = true;
    this.failure = '';
    this.#tell();
    try {
      const creates = this.saved === null;
      const item = this.saved
        ? await updateScript(this.saved.id, { ...request.body, revision: this.saved.revision })
        : await createScript(request.body);
      this.#settle(item, sent);
      return creates ? 'created' : 'saved';
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.isSaving = false;
      this.#tell();
    }
  }

  /** Goes on from what the other admin saved. @param choice `theirs` puts mine aside as a draft; `mine` is still to be saved */
  settle({ theirs, meeting }: Conflict, choice: 'mine' | 'theirs'): void {
    this.#show(theirs);
    if (choice === 'mine') {
      this.form = meeting.merged;
      this.#draftNow();
    } else {
      this.offered = {
        form: meeting.merged,
        base: this.base,
        revision: theirs.revision,
        at: new Date(serverClock.now()).toISOString(),
      };
      this.isDraftKept = keepDraft(this.#draftId, this.offered);
    }
    this.#tell();
  }

  /** Takes the offered draft over. @returns fields that somebody else has changed since it was typed, and that it would set back */
  restore(): Meeting['contested'] {
    const draft = this.offered;
    if (!draft) return [];
    this.offered = null;
    const meeting = draft.base && this.saved ? meet(draft.base, draft.form, this.base) : null;
    this.form = meeting?.merged ?? (this.saved ? draft.form : detached(draft.form));
    this.state = 'ready';
    this.#draftNow();
    this.#tell();
    return meeting?.contested ?? [];
  }

  /** Throws the offered draft away. */
  decline(): void {
    this.offered = null;
    dropDraft(this.#draftId);
    this.#draftNow();
    this.#tell();
  }

  /** Back to what is saved. */
  revert(): void {
    this.form = this.base;
    this.issues = [];
    this.failure = '';
    dropDraft(this.#draftId);
    this.#tell();
  }

  /** What was typed becomes a script of its own; `save` creates it. */
  detach(): void {
    dropDraft(this.#draftId);
    this.#begin(null, EMPTY_FORM, null, detached(this.form));
    this.state = 'ready';
    this.#draftNow();
    this.#tell();
  }

  async remove(): Promise<void> {
    if (this.saved) await deleteScript(this.saved.id);
    clearTimeout(this.#timer);
    dropDraft(this.#draftId);
    this.form = this.base;
    this.offered = null;
  }

  /** Writes what waits to be kept: the page may go away. */
  flush(): void {
    if (this.#timer !== undefined) this.#draftNow();
  }

  get #draftId(): string {
    return this.id ?? NEW;
  }

  #begin(id: string | null, base: ScriptForm, saved: ScriptItem | null, form = base): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.id = id;
    this.saved = saved;
    this.base = base;
    this.form = form;
    this.issues = this.whyBroken;
    this.failure = '';
    this.offered = null;
    this.conflict = null;
    this.isGone = false;
    this.isDraftKept = true;
  }

  #show(item: ScriptItem): void {
    this.#begin(item.id, formOf(item), item);
  }

  /** What was typed while the request was under way stays. */
  #settle(item: ScriptItem, sent: ScriptForm): void {
    const typed = this.form;
    const draft = this.#draftId;
    this.#show(item);
    this.state = 'ready';
    this.form = meet(sent, typed, this.base).merged;
    dropDraft(draft);
    if (this.isDirty) this.#draftNow();
  }

  #failed(error: unknown): SaveOutcome {
    this.failure = messageOf(error);
    if (!isApiError(error)) return 'failed';
    if (error.code === 'script.identifier-taken')
      return this.#refuse([{ path: 'codeIdentifier', message: error.message }]);
    if (error.code === 'script.not-found') {
      this.isGone = true;
      return 'gone';
    }
    const theirs = presentScript(error);
    if (theirs) {
      this.failure = ''; // the dialog tells
      this.conflict = { theirs, meeting: meet(this.base, this.form, formOf(theirs)) };
      return 'conflict';
    }
    return error.issues.length > 0 ? this.#refuse(error.issues) : 'failed';
  }

  #refuse(issues: readonly FieldIssue[], failure = this.failure): 'wrong-fields' {
    this.issues = issues;
    this.failure = failure;
    this.#tell();
    return 'wrong-fields';
  }

  #offer(): void {
    const draft = readDraft(this.#draftId);
    if (!draft) return;
    if (changedFields(this.form, draft.form).length > 0) this.offered = draft;
    else dropDraft(this.#draftId);
  }

  #draftSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draftNow(), DRAFT_DELAY_MS);
  }

  #draftNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.offered) return; // the earlier one is not decided about yet; the page asks before it is left
    if (!this.isDirty) {
      dropDraft(this.#draftId);
      return;
    }
    const { form, base, saved } = this;
    const draft = {
      form,
      base: saved && base,
      revision: saved?.revision ?? null,
      at: new Date(serverClock.now()).toISOString(),
    };
    const kept = keepDraft(this.#draftId, draft);
    if (kept === this.isDraftKept) return;
    this.isDraftKept = kept;
    this.#tell();
  }

  #tell(): void {
    this.dispatchEvent(new Event('change'));
  }
}

const copyOf = (form: ScriptForm): ScriptForm => ({
  ...detached(form),
  name: `Copy of ${form.name}`,
  codeIdentifier: '',
});

const exampleForm = (name: string): ScriptForm => {
  const example = findExample(name);
  return example ? formOfDraft(example.script) : EMPTY_FORM;
};

const presentScript = ({ code, item }: ApiError): ScriptItem | null =>
  code === 'script.revision-conflict' && item ? (item as ScriptItem) : null;
