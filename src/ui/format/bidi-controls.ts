/** Marks, embeddings, overrides and isolates: they would show a text in another order than it is in. */
const CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** With their names in their place. For whatever a person typed or a script printed, wherever it is shown; fields keep it as it is. */
export const showBidiControls = (text: string): string =>
  text.replace(CONTROLS, (control) => `⟨U+${control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
