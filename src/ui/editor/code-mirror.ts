import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { type CodeLanguage, highlighting } from './code-highlighting.js';
import { codeTheme } from './code-theme.js';

export interface CodeViewOptions {
  readonly parent: HTMLElement;
  readonly root: ShadowRoot;
  readonly text: string;
  readonly language: CodeLanguage;
  /** For screen readers; the id is of an element in `root`. */
  readonly label: string;
  readonly describedBy: string;
  readonly onChange: (text: string) => void;
}

/** A text editor for code. Everything of CodeMirror is behind this file, so that it is loaded when a script is opened. */
export class CodeView {
  readonly #view: EditorView;
  readonly #language = new Compartment();
  readonly #state = new Compartment();
  #text: string;

  constructor({ parent, root, text, language, label, describedBy, onChange }: CodeViewOptions) {
    this.#text = text;
    const changed = EditorView.updateListener.of(({ docChanged, state }) => {
      if (!docChanged) return;
      this.#text = state.sliceDoc();
      onChange(this.#text);
    });
    this.#view = new EditorView({
      parent,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          SETUP,
          EditorView.contentAttributes.of({ 'aria-label': label, 'aria-describedby': describedBy, tabindex: '0' }),
          this.#language.of(highlighting(language)),
          this.#state.of([]),
          changed,
        ],
      }),
    });
  }

  /** Replaces the text if it is another one; undo brings the old one back. */
  set text(text: string) {
    if (text === this.#text) return;
    this.#text = text;
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
  }

  set language(language: CodeLanguage) {
    this.#view.dispatch({ effects: this.#language.reconfigure(highlighting(language)) });
  }

  set invalid(invalid: boolean) {
    const attributes = EditorView.contentAttributes.of({ 'aria-invalid': String(invalid) });
    this.#view.dispatch({ effects: this.#state.reconfigure(attributes) });
  }

  focus(): void {
    this.#view.focus();
  }

  destroy(): void {
    this.#view.destroy();
  }
}

/** Mod-Enter runs the script: CodeMirror's own use of it, a blank line below, gives way. */
const KEYS = defaultKeymap.filter(({ key }) => key !== 'Mod-Enter');

/**
 * Typing over a selection: left to itself, Chromium keeps the look of what it replaces by a style attribute, which the page's policy
 * blocks with an error in the browser's log.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput: ({ inputType, data, isComposing, cancelable }, view) => {
    if (inputType !== 'insertText' || data === null || isComposing || !cancelable) return false;
    if (view.state.selection.main.empty) return false;
    view.dispatch({ ...view.state.replaceSelection(data), userEvent: 'input.type', scrollIntoView: true });
    return true;
  },
});

const SETUP: Extension = [
  // Carriage returns stay in the text and are shown: what was not touched is not to change.
  EditorState.lineSeparator.of('\n'),
  EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, '\n')),
  lineNumbers(),
  highlightActiveLineGutter(),
  highlightActiveLine(),
  highlightSpecialChars({ addSpecialChars: /[\u202a-\u202c\u2068]/g }), // beside those that it marks by itself
  highlightSelectionMatches(),
  history(),
  drawSelection(),
  indentOnInput(),
  indentUnit.of('  '),
  bracketMatching(),
  typeOver,
  search({ top: true }),
  // Esc, then Tab leaves the editor: CodeMirror gives Tab back to the browser for two seconds after Escape.
  keymap.of([...searchKeymap, ...historyKeymap, ...KEYS, indentWithTab]),
  codeTheme,
  EditorView.theme({ '.cm-content, .cm-gutter': { minHeight: '260px' } }),
];
