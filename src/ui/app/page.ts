import { LitElement } from 'lit';
import { property } from 'lit/decorators.js';
import { showBidiControls } from '../format/bidi-controls.js';

/** The address that a screen is shown for. */
export interface PageLocation {
  /** What the pattern of the route names: `id`, `runId`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Without `#`. */
  readonly hash: string;
  /** What the screen kept when it was left, where somebody comes back to it. */
  readonly kept?: unknown;
}

/**
 * A screen. It renders one `<h1 tabindex="-1">`, which gets the focus when the screen is reached. The element is kept while only query,
 * hash or parameters of its route change: read `location` in `willUpdate`.
 */
export abstract class Page extends LitElement {
  @property({ attribute: false }) location: PageLocation = { params: {}, query: new URLSearchParams(), hash: '' };

  /** Whether something would be lost by leaving. The browser asks for itself when the whole console is left. */
  hasUnsavedChanges(): boolean {
    return false;
  }

  /** Asked before another screen is shown; false stays. */
  async mayLeave(): Promise<boolean> {
    return true;
  }

  /** What the screen needs to look as it does now when somebody comes back to it. */
  keep(): unknown {
    return undefined;
  }

  /** Where the focus goes when the screen is reached. */
  focusHeading(): void {
    this.renderRoot.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }

  /** @param parts from the special to the general: `Backup`, `Runs` */
  protected setTitle(...parts: readonly string[]): void {
    document.title = showBidiControls([...parts, 'Runlet'].join(' · '));
  }
}
