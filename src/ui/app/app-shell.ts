import { css, html, LitElement, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { messageOf } from '../api/api-error.js';
import { connection } from '../api/connection.js';
import { serviceProblems } from '../api/service-problems.js';
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
      /* Over the screen: what somebody reads there stays where it is. */
      .banners {
        position: sticky;
        inset-block-start: var(--bar-height);
        z-index: 19;
        block-size: 0;
      }
      .over {
        --banner-end: 36px;
        position: absolute;
        inset-inline: 0;
        max-block-size: calc(100vh - var(--bar-height));
        overflow-y: auto;
        box-shadow: var(--shadow-overlay);
      }
      .over[hidden] {
        display: none;
      }
      .over > button {
        position: absolute;
        inset-block-start: var(--space-1);
        inset-inline-end: var(--space-2);
      }
      .wrong {
        color: var(--color-danger);
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
        .banners,
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
  /** Names of what the banners tell of. */
  @state() private wrong: ReadonlySet<string> = new Set();
  @state() private hidesWrong = false;
  @query('shortcuts-dialog') private shortcutsDialog!: ShortcutsDialog;
  #stop: readonly (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    router.guard = async (next) => this.#mayLeaveFor(next);
    router.keep = () => (this.page instanceof Page ? this.page.keep() : undefined);
    window.addEventListener('beforeunload', this.#beforeUnload);
    for (const source of [connection, serviceProblems]) source.addEventListener('change', this.#wrongChanged);
    this.#stop = [
      addShortcuts([{ keys: '?', does: 'Show the shortcuts', run: () => this.shortcutsDialog.open() }]),
      router.start((place) => void this.#show(place)),
      () => window.removeEventListener('beforeunload', this.#beforeUnload),
      () => connection.removeEventListener('change', this.#wrongChanged),
      () => serviceProblems.removeEventListener('change', this.#wrongChanged),
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
        ${
          this.hidesWrong && this.wrong.size > 0
            ? html`<button
                class="button quiet icon wrong"
                aria-label="Show what is wrong"
                title="Show what is wrong"
                @click=${() => (this.hidesWrong = false)}
              >
                <ui-icon name="alert"></ui-icon>
              </button>`
            : nothing
        }
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
      <div class="banners">
        <div class="over" ?hidden=${this.hidesWrong}>
          <connection-banner></connection-banner>
          <problems-banner></problems-banner>
          ${
            this.wrong.size === 0
              ? nothing
              : html`<button
                  class="button quiet icon small"
                  aria-label="Hide what is wrong"
                  title="Hide"
                  @click=${this.#hideWrong}
                >
                  <ui-icon name="x"></ui-icon>
                </button>`
          }
        </div>
      </div>
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
    if (previous !== null && pathOf(previous) === pathOf(place)) return;
    if (place.scrollTop > 0) await new Promise((resolve) => setTimeout(resolve)); // what is inside has its height then
    if (this.place !== place) return;
    if (previous !== null || place.scrollTop > 0) window.scrollTo(0, place.scrollTop);
    if (previous === null) return;
    page.focusHeading();
  }

  async #mayLeaveFor(next: Place): Promise<boolean> {
    if (!(this.page instanceof Page) || (this.place && pathOf(next) === pathOf(this.place))) return true;
    return this.page.mayLeave();
  }

  readonly #beforeUnload = (event: BeforeUnloadEvent): void => {
    if (this.page instanceof Page && this.page.hasUnsavedChanges()) event.preventDefault();
  };

  /** What is new is shown, whatever was hidden before. */
  readonly #wrongChanged = (): void => {
    const codes = [connection.present.problem, ...serviceProblems.present.map(({ code }) => code)];
    const wrong = new Set<string>(codes.filter((code) => code !== null));
    if ([...wrong].some((code) => !this.wrong.has(code))) this.hidesWrong = false;
    this.wrong = wrong;
  };

  async #hideWrong(): Promise<void> {
    this.hidesWrong = true;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('.wrong')?.focus();
  }

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
