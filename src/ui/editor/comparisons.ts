import type { ScriptItem } from '../api/scripts.js';
import type { Comparison } from './changes-dialog.js';
import type { Draft } from './drafts.js';
import { FIELD_WORDS, type FormField } from './script-changes.js';
import type { Conflict } from './script-editing.js';
import { formOf, type ScriptForm } from './script-form.js';

/** What was typed beside what is saved. */
export const compareWithSaved = (
  saved: ScriptItem | null,
  base: ScriptForm,
  form: ScriptForm,
): Comparison<'back' | 'revert' | 'save'> => ({
  heading: 'Your changes',
  text: saved ? `Compared with revision ${saved.revision}, which is saved.` : 'Compared with what you began with.',
  before: base,
  after: form,
  beforeLabel: saved ? `Saved, revision ${saved.revision}` : 'At the beginning',
  afterLabel: 'Yours',
  choices: [
    { choice: 'back', word: 'Go on editing' },
    { choice: 'revert', word: 'Undo my changes' },
    { choice: 'save', word: 'Save', tone: 'primary' },
  ],
});

/** A draft beside what is shown. */
export const compareDraft = (
  saved: ScriptItem | null,
  form: ScriptForm,
  draft: Draft,
): Comparison<'later' | 'decline' | 'restore'> => ({
  heading: 'Your draft',
  text: saved ? `Compared with revision ${saved.revision}, which is saved.` : 'Compared with the script that is shown.',
  before: form,
  after: draft.form,
  beforeLabel: saved ? `Saved, revision ${saved.revision}` : 'Shown now',
  afterLabel: 'Your draft',
  choices: [
    { choice: 'later', word: 'Decide later' },
    { choice: 'decline', word: 'Discard the draft' },
    { choice: 'restore', word: 'Restore', tone: 'primary' },
  ],
});

/** What another admin saved beside what was typed. @param began the revision that the typing began with */
export const compareConflict = (
  { theirs, meeting }: Conflict,
  began: number,
): Comparison<'further' | 'theirs' | 'mine'> => {
  const isClash = meeting.contested.length > 0;
  return {
    heading: `Revision ${theirs.revision} was saved while you edited`,
    text:
      `You began with revision ${began}. ` +
      (isClash
        ? `Both of you changed: ${wordsFor(meeting.contested)}.`
        : 'The other admin changed other fields than you: both changes can be kept.'),
    before: formOf(theirs),
    after: meeting.merged,
    beforeLabel: `Theirs, revision ${theirs.revision}`,
    afterLabel: 'Yours',
    taken: meeting.taken,
    choices: [
      { choice: 'further', word: 'Edit further' },
      { choice: 'theirs', word: 'Take theirs' },
      { choice: 'mine', word: isClash ? 'Keep mine' : 'Save both', tone: 'primary' },
    ],
  };
};

/** `Name, Time limit` */
export const wordsFor = (fields: readonly FormField[]): string => fields.map((field) => FIELD_WORDS[field]).join(', ');
