import { css, html, LitElement, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { messageOf } from '../api/api-error.js';
import type { IconName } from '../elements/icons.js';
import { controls } from '../styles/controls.js';
import { pageAddress } from './addresses.js';
import { Page } from './page.js';
import { type Place, router } from './router.js';
import { type Section, to } from './routes.js';
import { addShortcuts, keyHint } from './shortcuts.js';
import type { ShortcutsDialog } from './shortcuts-dialog.js';
import { chooseTheme, chosenTheme, type Theme, THEMES } from './theme.js';
import '../elements/empty-state.js';
import '../elements/notices.js';
import '../elements/ui-icon.js';
import './connection-banner.js';
import './problems-banner.js';
import './shortcuts-dialog.js';

const SECTIONS: readonly { section: Section; word: string; path: string }[] = [
  { section: 'scripts', word: 'Scripts', path: to.scripts() },
  { section: 'runs', word: 'Runs', path: to.runs() },
  { section: 'audit', word: 'Audit', path: to.audit() },
];

const THEME_ICON: Readonly<Record<Theme, IconName>> = { system: 'monitor', light: 'sun', dark: 'moon' };

/** The frame around every screen: navigation, theme, what is wrong, and the screen itself. */
@customElement('app-shell')
export class AppShell extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-block-size: 100vh;
        min-block-size: 100dvh;
      }
      .skip {
        position: fixed;
        inset-block-start: var(--space-2);
        inset-inline-start: var(--space-2);
        z-index: 40;
        translate: 0 -200%;
      }
      .skip:focus {
        translate: 0 0;
      }
      header {
        position: sticky;
        inset-block-start: 0;
        z-index: 20;
        display: flex;
        align-items: center;
        gap: var(--space-1);
        block-size: var(--bar-height);
        padding-inline: var(--space-6);
        border-block-end: 1px solid var(--color-border);
        background: var(--color-surface);
      }
      .brand {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        margin-inline-end: var(--space-4);
        color: var(--color-text);
        font-weight: 600;
        font-size: var(--text-medium);
        letter-spacing: -0.01em;
      }
      .brand:hover {
        text-decoration: none;
      }
      .brand ui-icon {
        padding: 4px;
        box-sizing: content-box;
        border-radius: var(--radius);
        background: var(--color-accent-solid);
        color: var(--color-on-accent);
        font-size: 0.875rem;
        --icon-fill: currentColor;
      }
      nav {
        display: flex;
        align-self: stretch;
        gap: var(--space-1);
      }
      nav a {
        position: relative;
        display: flex;
        align-items: center;
        padding-inline: var(--space-2);
        color: var(--color-text-muted);
        font-weight: 500;
      }
      nav a:hover {
        color: var(--color-text);
        text-decoration: none;
      }
      nav a:focus-visible {
        outline-offset: -4px;
      }
      nav a[aria-current] {
        color: var(--color-text);
      }
      nav a[aria-current]::after {
        content: '';
        position: absolute;
        inset-inline: var(--space-2);
        inset-block-end: -1px;
        block-size: 2px;
        background: var(--color-accent-solid);
      }
      .space {
        flex: 1;
      }
      main:focus {
        outline: none;
      }
      main {
        flex: 1;
        min-inline-size: 0;
      }
      @media print {
        header,
        connection-banner,
        problems-banner,
        notice-stack {
          display: none;
        }
      }
      @media (max-width: 640px) {
        header {
          padding-inline: var(--space-3);
        }
        .brand {
          margin-inline-end: var(--space-1);
        }
        .brand span {
          display: none;
        }
        .keys {
          display: none;
        }
      }
    `,
  ];

  @state() private place: Place | null = null;
  @state() private page: HTMLElement | null = null;
  @state() private theme = chosenTheme();
  @query('shortcuts-dialog') private shortcutsDialog!: ShortcutsDialog;
  #stop: readonly (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    router.guard = async (next) => this.#mayLeaveFor(next);
    window.addEventListener('beforeunload', this.#beforeUnload);
    this.#stop = [
      addShortcuts([{ keys: '?', does: 'Show the shortcuts', run: () => this.shortcutsDialog.open() }]),
      router.start((place) => void this.#show(place)),
      () => window.removeEventListener('beforeunload', this.#beforeUnload),
    ];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stop) stop();
  }

  override render() {
    const section = this.place?.match?.route.section;
    return html`
      <header>
        <button class="button skip" @click=${this.#skip}>Skip to the content</button>
        <a class="brand" href=${pageAddress('')} aria-label="Runlet"
          ><ui-icon name="play"></ui-icon><span>Runlet</span></a
        >
        <nav aria-label="Sections">
          ${SECTIONS.map(
            (each) =>
              html`<a href=${pageAddress(each.path)} aria-current=${each.section === section ? 'page' : nothing}
                >${each.word}</a
              >`,
          )}
        </nav>
        <span class="space"></span>
        <button
          class="button quiet icon keys"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts${keyHint('?')}"
          @click=${() => this.shortcutsDialog.open()}
        >
          <ui-icon name="keyboard"></ui-icon>
        </button>
        <button
          class="button quiet icon"
          aria-label="Theme: ${this.theme}"
          title="Theme: ${this.theme}"
          @click=${this.#nextTheme}
        >
          <ui-icon name=${THEME_ICON[this.theme]}></ui-icon>
        </button>
      </header>
      <connection-banner></connection-banner>
      <problems-banner></problems-banner>
      <main tabindex="-1">${this.page}</main>
      <notice-stack></notice-stack>
      <shortcuts-dialog></shortcuts-dialog>
    `;
  }

  async #show(place: Place): Promise<void> {
    const previous = this.place;
    this.place = place;
    if (!place.match) {
      document.title = 'Not found · Runlet';
      this.page = missing('There is no such page', 'The address may be mistyped.');
      return;
    }
    const { tag, load } = place.match.route;
    if (this.page?.localName !== tag) {
      try {
        await load();
      } catch (error) {
        this.page = missing(
          'This page could not be loaded',
          `Reload it: the console may have been updated (${messageOf(error)}).`,
        );
        return;
      }
      if (this.place !== place) return; // another was asked for meanwhile
      this.page = document.createElement(tag);
    }
    if (!(this.page instanceof Page)) return;
    const { page } = this;
    page.location = place;
    await this.updateComplete;
    await page.updateComplete;
    if (previous === null || pathOf(previous) === pathOf(place)) return;
    window.scrollTo(0, place.scrollTop);
    page.focusHeading();
  }

  async #mayLeaveFor(next: Place): Promise<boolean> {
    if (!(this.page instanceof Page) || (this.place && pathOf(next) === pathOf(this.place))) return true;
    return this.page.mayLeave();
  }

  readonly #beforeUnload = (event: BeforeUnloadEvent): void => {
    if (this.page instanceof Page && this.page.hasUnsavedChanges()) event.preventDefault();
  };

  #skip(): void {
    this.renderRoot.querySelector<HTMLElement>('main')?.focus();
  }

  #nextTheme(): void {
    this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length] ?? 'system';
    chooseTheme(this.theme);
  }
}

const pathOf = ({ path }: Place): string => path.replace(/[?].*/, '');

const missing = (heading: string, text: string): HTMLElement => {
  const state = document.createElement('empty-state');
  state.heading = heading;
  state.icon = 'alert';
  state.whole = true;
  state.textContent = text;
  return state;
};

declare global {
  interface HTMLElementTagNameMap {
    'app-shell': AppShell;
  }
}
