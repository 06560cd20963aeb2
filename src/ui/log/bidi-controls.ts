/** Embeddings, overrides and isolates: they would show text in another order than it is in. */
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/** With their names in their place. */
export const showBidiControls = (text: string): string =>
  text.replace(CONTROLS, (control) => `⟨U+${control.charCodeAt(0).toString(16).toUpperCase()}⟩`);
