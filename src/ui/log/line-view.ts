import { showBidiControls } from '../format/bidi-controls.js';
import { fixedColor, readableOn, type Rgb } from './color-values.js';
import { readStyled } from './control-sequences.js';
import { findMatches } from './find-matches.js';
import type { LogLine } from './line-assembler.js';
import { findLinks, type Range } from './links.js';
import type { TextColor, TextStyle } from './text-style.js';

/** What is marked in every line. */
export interface Marks {
  readonly text: string;
  readonly matchCase: boolean;
}

/**
 * Fills an element with the text of a line. All of it is text: elements are made here, never read from it; only addresses of http and https
 * become links.
 */
export const showText = (element: HTMLElement, line: LogLine, marks: Marks): void => {
  const pieces = readStyled(showBidiControls(line.text), line.style);
  const text = pieces.length === 1 ? (pieces[0]?.text ?? '') : pieces.map((piece) => piece.text).join('');
  const links = findLinks(text);
  const found = findMatches(text, marks.text, marks.matchCase);
  element.replaceChildren();
  let parent: HTMLElement = element;
  let link: Range | undefined;
  let start = 0;
  for (const piece of pieces) {
    const end = start + piece.text.length;
    for (const cut of cutAt(start, end, links, found)) {
      const inside = links.find((range) => range.start <= cut.start && cut.start < range.end);
      if (inside !== link) {
        link = inside;
        parent = link ? element.appendChild(linkTo(text.slice(link.start, link.end))) : element;
      }
      const isMatch = found.some((range) => range.start <= cut.start && cut.start < range.end);
      parent.append(styled(text.slice(cut.start, cut.end), piece.style, isMatch));
    }
    start = end;
  }
};

/** The parts of a piece between which a link or a match begins or ends. */
const cutAt = (start: number, end: number, ...ranges: (readonly Range[])[]): readonly Range[] => {
  if (ranges.every((some) => some.length === 0)) return [{ start, end }];
  const cuts = ranges
    .flat()
    .flatMap((range) => [range.start, range.end])
    .filter((at) => at > start && at < end);
  const points = [start, ...new Set(cuts.sort((a, b) => a - b)), end];
  return points.slice(1).map((to, i) => ({ start: points[i] ?? 0, end: to }));
};

const linkTo = (address: string): HTMLAnchorElement => {
  const link = document.createElement('a');
  link.href = address;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  return link;
};

const styled = (text: string, given: TextStyle, isMatch: boolean): Node => {
  const style = withReadableText(given);
  let node: Node = document.createTextNode(text);
  if (isMatch) {
    const mark = document.createElement('mark');
    mark.append(node);
    node = mark;
  }
  const names = classesOf(style);
  const { foreground, background } = style;
  if (names.length === 0 && foreground === undefined && background === undefined) return node;
  const span = document.createElement('span');
  if (names.length > 0) span.className = names.join(' ');
  // By the CSSOM, which a content security policy without inline styles allows.
  if (foreground !== undefined) span.style.setProperty('--fg', cssColor(foreground));
  if (background !== undefined) span.style.setProperty('--bg', cssColor(background));
  span.append(node);
  return span;
};

const classesOf = (style: TextStyle): string[] => {
  const names: string[] = (['bold', 'dim', 'italic', 'underline', 'strike', 'inverse'] as const).filter(
    (name) => style[name],
  );
  // On a background of the theme's palette only one colour of text is sure to be readable.
  const onPalette = typeof style.background === 'number' && style.background < 16;
  if (style.background !== undefined) names.push('bg');
  if (style.foreground !== undefined && !onPalette) names.push('fg');
  return names;
};

/** On a background that every theme has alike, text in a colour that can be read there. */
const withReadableText = (style: TextStyle): TextStyle => {
  const { inverse, foreground, background, ...rest } = style;
  const [behind, text] = inverse ? [foreground, background] : [background, foreground];
  const fixed = fixedColor(behind);
  if (behind === undefined || !fixed) return style;
  return { ...rest, background: behind, foreground: hex(readableOn(fixed, fixedColor(text))) };
};

const hex = (color: Rgb): TextColor => `#${color.map((value) => value.toString(16).padStart(2, '0')).join('')}`;

const cssColor = (color: TextColor): string => {
  const fixed = fixedColor(color);
  return fixed ? String(hex(fixed)) : `var(--log-color-${color})`;
};
