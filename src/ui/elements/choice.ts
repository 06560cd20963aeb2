import { html } from 'lit';
import { showBidiControls } from '../format/bidi-controls.js';

/** A `<select>` of a filter; `any` stands for no choice. For elements whose styles hold `controls`. */
export const choice = <Key extends string>(
  label: string,
  any: string,
  words: Readonly<Record<Key, string>>,
  chosen: Key | '',
  choose: (key: Key | '') => void,
) =>
  html`<select
    class="select"
    aria-label=${label}
    @change=${(event: Event) => choose((event.target as HTMLSelectElement).value as Key | '')}
  >
    <option value="" .selected=${chosen === ''}>${any}</option>
    ${Object.entries<string>(words).map(
      ([key, word]) => html`<option value=${key} .selected=${chosen === key}>${showBidiControls(word)}</option>`,
    )}
  </select>`;

/** What an address names, where it is one of the choices. */
export const keyOf = <Key extends string>(table: Readonly<Record<Key, string>>, given: string | null): Key | '' =>
  given !== null && Object.hasOwn(table, given) ? (given as Key) : '';
