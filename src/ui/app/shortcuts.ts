import { readSetting, writeSetting } from '../platform/settings-storage.js';

/**
 * A key that does something on the present screen, as the `?` dialog lists it. What starts, ends or deletes something is never on a single
 * key: whoever types into a page that does not take text would do it.
 */
export interface Shortcut {
  /** As `KeyboardEvent.key` has it; `Mod+` before it for Ctrl, or Cmd on a Mac. */
  readonly keys: string;
  readonly does: string;
  /**
   * Called where the key was pressed outside of fields; keys with `Mod+` also inside, and once however long they are held. Absent: only
   * listed, handled elsewhere.
   */
  readonly run?: () => void;
  /** With `Mod+`: not inside of fields and dialogs, where it is the browser's. */
  readonly outside?: boolean;
}

const registered = new Set<readonly Shortcut[]>();

/** Listens for shortcuts until the returned function is called: from `connectedCallback` to `disconnectedCallback`. */
export const addShortcuts = (shortcuts: readonly Shortcut[]): (() => void) => {
  if (registered.size === 0) document.addEventListener('keydown', onKey);
  registered.add(shortcuts);
  return () => {
    registered.delete(shortcuts);
    if (registered.size === 0) document.removeEventListener('keydown', onKey);
  };
};

/** All that work now, those of the screen first. */
export const presentShortcuts = (): readonly Shortcut[] => [...registered].reverse().flat();

const SINGLE_KEYS = 'single-keys';

/** Whether keys without a modifier do anything: speech input and shaking hands press them unasked. */
export const singleKeysWork = (): boolean => readSetting(SINGLE_KEYS) !== 'off';

export const letSingleKeysWork = (work: boolean): void => void writeSetting(SINGLE_KEYS, work ? 'on' : 'off');

/** Letters, digits, `/`, `?`. */
export const isSingleKey = (keys: string): boolean => keys.length === 1;

/** For the title of a control: ` (f)`, or nothing while that key does nothing. */
export const keyHint = (key: string): string => (singleKeysWork() ? ` (${key})` : '');

/** `Ctrl+S`, or `⌘S` on a Mac. */
export const writeKeys = (keys: string): string => keys.replace('Mod+', isMac() ? '⌘' : 'Ctrl+');

const isMac = (): boolean => /^(Mac|iP)/.test(navigator.platform);

const onKey = (event: KeyboardEvent): void => {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const withMod = isMac() ? event.metaKey : event.ctrlKey;
  if (!withMod && (event.ctrlKey || event.metaKey || isTyping(event) || isInDialog(event))) return;
  const pressed = (withMod ? 'Mod+' : '') + (event.key.length === 1 && withMod ? event.key.toUpperCase() : event.key);
  const shortcut = presentShortcuts().find(({ keys, run }) => run && keys === pressed);
  if (!shortcut?.run || (isSingleKey(pressed) && !singleKeysWork()) || opensLink(event)) return;
  if (shortcut.outside && (isTyping(event) || isInDialog(event))) return;
  event.preventDefault();
  if (!withMod || !event.repeat) shortcut.run();
};

/** Ctrl+Enter on a link is the browser's: a new tab. */
const opensLink = (event: KeyboardEvent): boolean =>
  event.key === 'Enter' && event.composedPath()[0] instanceof HTMLAnchorElement;

const isTyping = (event: KeyboardEvent): boolean => {
  const [target] = event.composedPath();
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      (target.matches('input, textarea, select') && !target.matches('[type=checkbox], [type=radio]')))
  );
};

const isInDialog = (event: KeyboardEvent): boolean =>
  event.composedPath().some((target) => target instanceof HTMLDialogElement);
