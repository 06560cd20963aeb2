import { css, html, LitElement, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { controls } from '../styles/controls.js';
import { raisedSurface } from '../styles/raised-surface.js';
import type { IconName } from './icons.js';
import { showBidiControls } from '../format/bidi-controls.js';
import './ui-icon.js';

export interface MenuAction {
  readonly label: string;
  readonly icon: IconName;
  readonly run: () => void;
  readonly danger?: boolean;
}

/** A menu for many buttons: `open` it beside the one that was pressed. Give that `aria-haspopup="menu"`. */
@customElement('action-menu')
export class ActionMenu extends LitElement {
  static override styles = [
    controls,
    css`
      [role='menu'] {
        position: fixed;
        inset: auto;
        min-inline-size: 176px;
        max-inline-size: calc(100vw - 16px);
        margin: 0;
        padding: var(--space-1);
        ${raisedSurface}
        color: var(--color-text);
      }
      button {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        inline-size: 100%;
        min-block-size: 32px;
        padding: 0 var(--space-2);
        border: 0;
        border-radius: var(--radius);
        background: none;
        color: inherit;
        font: var(--text-normal) / 1.3 var(--font-sans);
        text-align: start;
        cursor: pointer;
      }
      button:hover,
      button:focus-visible {
        outline: none;
        background: var(--color-hover);
      }
      button ui-icon {
        color: var(--color-text-muted);
      }
      .danger,
      .danger ui-icon {
        color: var(--color-danger);
      }
      .danger:hover,
      .danger:focus-visible {
        background: var(--color-danger-soft);
      }
      hr {
        margin: var(--space-1);
        border: 0;
        border-block-start: 1px solid var(--color-border);
      }
    `,
  ];

  @state() private actions: readonly MenuAction[] = [];
  @state() private label = '';
  @query('[role=menu]') private menu!: HTMLElement;
  #opener: HTMLElement | null = null;

  /** @param label what the actions are for */
  async open(opener: HTMLElement, label: string, actions: readonly MenuAction[]): Promise<void> {
    this.#opener = opener;
    this.label = showBidiControls(label);
    this.actions = actions;
    await this.updateComplete;
    this.menu.showPopover();
    opener.setAttribute('aria-expanded', 'true');
    this.#place(opener.getBoundingClientRect());
    this.#buttons()[0]?.focus();
  }

  override render() {
    return html`<div
      role="menu"
      popover="auto"
      aria-label=${this.label}
      @keydown=${this.#onKey}
      @toggle=${this.#onToggle}
    >
      ${this.actions.map(
        (action) => html`
          ${action.danger ? html`<hr />` : nothing}
          <button
            role="menuitem"
            tabindex="-1"
            class=${action.danger ? 'danger' : ''}
            @click=${() => this.#run(action)}
          >
            <ui-icon name=${action.icon}></ui-icon>${action.label}
          </button>
        `,
      )}
    </div>`;
  }

  #place(anchor: DOMRect): void {
    const { offsetWidth: width, offsetHeight: height } = this.menu;
    const below = anchor.bottom + 4;
    const top = below + height <= window.innerHeight - 8 ? below : Math.max(8, anchor.top - height - 4);
    this.menu.style.top = `${top}px`;
    this.menu.style.left = `${Math.max(8, Math.min(anchor.right - width, window.innerWidth - width - 8))}px`;
  }

  #run(action: MenuAction): void {
    this.#close();
    action.run();
  }

  #close(): void {
    this.menu.hidePopover();
    this.#opener?.focus();
  }

  #onToggle({ newState }: ToggleEvent): void {
    if (newState === 'open') {
      window.addEventListener('scroll', this.#onScroll, { capture: true });
      return;
    }
    window.removeEventListener('scroll', this.#onScroll, { capture: true });
    this.#opener?.removeAttribute('aria-expanded');
  }

  /** The button moves away from its menu. A log that follows its end does not move it. */
  readonly #onScroll = (event: Event): void => {
    if (this.#opener && isWithin(this.#opener, event.composedPath()[0])) this.menu.hidePopover();
  };

  #onKey(event: KeyboardEvent): void {
    const buttons = this.#buttons();
    const at = buttons.indexOf(this.shadowRoot?.activeElement as HTMLButtonElement);
    const next = {
      ArrowDown: buttons[(at + 1) % buttons.length],
      ArrowUp: buttons.at(at - 1),
      Home: buttons[0],
      End: buttons.at(-1),
    }[event.key];
    if (next) {
      event.preventDefault();
      next.focus();
    } else if (event.key === 'Tab' || event.key === 'Escape') {
      event.preventDefault();
      this.#close();
    }
  }

  #buttons(): HTMLButtonElement[] {
    return [...this.renderRoot.querySelectorAll('button')];
  }
}

const isWithin = (node: Node, ancestor: EventTarget | undefined): boolean => {
  for (let at: Node | null = node; at; at = at instanceof ShadowRoot ? at.host : at.parentNode)
    if (at === ancestor) return true;
  return false;
};

declare global {
  interface HTMLElementTagNameMap {
    'action-menu': ActionMenu;
  }
}
