import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { type CodeLanguage, highlighting } from './code-highlighting.js';
import { codeTheme } from './code-theme.js';

export interface MergeViewOptions {
  readonly parent: HTMLElement;
  readonly root: ShadowRoot;
  readonly older: string;
  readonly newer: string;
  readonly olderLabel: string;
  readonly newerLabel: string;
  readonly language: CodeLanguage;
  /** Beside each other; otherwise in one column, what was taken out above what came in. */
  readonly sideBySide: boolean;
}

/** Two texts, with their differences marked, to be read. */
export const showMergeView = (options: MergeViewOptions): { destroy(): void } => {
  const { parent, root, older, newer, olderLabel, newerLabel, language, sideBySide } = options;
  if (sideBySide) {
    return new MergeView({
      parent,
      root,
      a: { doc: older, extensions: readOnly(language, olderLabel) },
      b: { doc: newer, extensions: readOnly(language, newerLabel) },
      collapseUnchanged: COLLAPSE,
      diffConfig: DIFF,
    });
  }
  const unified = unifiedMergeView({
    original: older,
    mergeControls: false,
    collapseUnchanged: COLLAPSE,
    diffConfig: DIFF,
  });
  const label = `${olderLabel}, then ${newerLabel}`;
  return new EditorView({
    parent,
    root,
    state: EditorState.create({ doc: newer, extensions: [...readOnly(language, label), unified] }),
  });
};

const COLLAPSE = { margin: 3, minSize: 4 };
/** A precise difference of two large texts may take minutes: then a rough one does. */
const DIFF = { scanLimit: 1000, timeout: 300 };

const readOnly = (language: CodeLanguage, label: string): Extension[] => [
  EditorState.readOnly.of(true),
  EditorState.lineSeparator.of('\n'),
  EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true', tabindex: '0' }),
  lineNumbers(),
  EditorView.lineWrapping,
  highlighting(language),
  codeTheme,
  mergeTheme,
];

const mergeTheme = EditorView.theme({
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: 'var(--color-danger-soft)' },
  '&.cm-merge-b .cm-changedLine, .cm-insertedLine, &.cm-merge-b .cm-inlineChangedLine': {
    backgroundColor: 'var(--color-success-soft)',
  },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': {
    background: 'color-mix(in srgb, var(--color-danger) 28%, transparent)',
  },
  '&.cm-merge-b .cm-changedText, .cm-insertedLine .cm-changedText': {
    background: 'color-mix(in srgb, var(--color-success) 28%, transparent)',
  },
  '.cm-deletedChunk': { paddingLeft: 'var(--space-2)' },
  '.cm-changeGutter': { width: '3px' },
  '&.cm-merge-a .cm-changedLineGutter, .cm-deletedLineGutter': { background: 'var(--color-danger)' },
  '&.cm-merge-b .cm-changedLineGutter': { background: 'var(--color-success)' },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: 'none' },
  '.cm-collapsedLines': {
    background: 'var(--color-sunken)',
    color: 'var(--color-text-muted)',
    fontFamily: 'var(--font-sans)',
    fontSize: 'var(--text-small)',
    padding: '2px var(--space-3)',
  },
});
