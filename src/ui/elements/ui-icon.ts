import { css, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { ICONS, type IconName } from './icons.js';

const SVG = 'http://www.w3.org/2000/svg';
const drawn = new Map<IconName, SVGElement>();

/** A picture beside a word; hidden from screen readers. Give a button that has no words an `aria-label`. */
@customElement('ui-icon')
export class UiIcon extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
      flex: none;
      inline-size: 1em;
      block-size: 1em;
      font-size: 1rem;
      vertical-align: -0.125em;
    }
    svg {
      inline-size: 100%;
      block-size: 100%;
      fill: var(--icon-fill, none);
      stroke: currentColor;
      stroke-width: 2;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
    :host([spin]) svg {
      animation: turn 1s linear infinite;
    }
    @keyframes turn {
      to {
        rotate: 1turn;
      }
    }
    @media (prefers-reduced-motion: reduce) {
      :host([spin]) svg {
        animation-duration: 4s;
      }
    }
  `;

  @property() name: IconName = 'info';
  @property({ type: Boolean, reflect: true }) spin = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('aria-hidden', 'true');
  }

  override render() {
    return picture(this.name).cloneNode(true);
  }
}

const picture = (name: IconName): SVGElement => {
  let svg = drawn.get(name);
  if (!svg) {
    svg = element('svg', { viewBox: '0 0 24 24' });
    for (const [tag, attributes] of ICONS[name]) svg.append(element(tag, attributes));
    drawn.set(name, svg);
  }
  return svg;
};

const element = (tag: string, attributes: Readonly<Record<string, unknown>>): SVGElement => {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
};

declare global {
  interface HTMLElementTagNameMap {
    'ui-icon': UiIcon;
  }
}
