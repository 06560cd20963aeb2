/** A key that does something on the present screen, as the `?` dialog lists it. */
export interface Shortcut {
  /** As `KeyboardEvent.key` has it; `Mod+` before it for Ctrl, or Cmd on a Mac. */
  readonly keys: string;
  readonly does: string;
  /** Called where the key was pressed outside of fields; keys with `Mod+` also inside. Absent: only listed, handled elsewhere. */
  readonly run?: () => void;
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

/** `Ctrl+S`, or `⌘S` on a Mac. */
export const writeKeys = (keys: string): string => keys.replace('Mod+', isMac() ? '⌘' : 'Ctrl+');

const isMac = (): boolean => /^(Mac|iP)/.test(navigator.platform);

const onKey = (event: KeyboardEvent): void => {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const withMod = isMac() ? event.metaKey : event.ctrlKey;
  if (!withMod && (event.ctrlKey || event.metaKey || isTyping(event) || isInDialog(event))) return;
  const pressed = (withMod ? 'Mod+' : '') + (event.key.length === 1 && withMod ? event.key.toUpperCase() : event.key);
  const shortcut = presentShortcuts().find(({ keys, run }) => run && keys === pressed);
  if (!shortcut?.run) return;
  event.preventDefault();
  shortcut.run();
};

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
