import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { messageOf } from '../api/api-error.js';
import { cancelRun } from '../api/runs.js';
import { pageAddress } from '../app/addresses.js';
import { to } from '../app/routes.js';
import { notify } from '../elements/notices.js';
import { controls } from '../styles/controls.js';
import { raisedSurface } from '../styles/raised-surface.js';
import { showBidiControls } from '../format/bidi-controls.js';
import '../elements/ui-icon.js';

export interface PageRun {
  readonly runId: string;
  /** Of the script. */
  readonly name: string;
  /** Ends the script at once; resolves when what it had printed is told. */
  stop(): Promise<void>;
}

/** At the edge of the window: what runs in this page, to be reached and stopped wherever the admin is in the console. */
@customElement('page-runs-bar')
export class PageRunsBar extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        position: fixed;
        inset-block-end: var(--space-4);
        inset-inline-start: var(--space-4);
        z-index: 25;
        max-inline-size: calc(100vw - 2 * var(--space-4));
      }
      aside {
        display: grid;
        gap: var(--space-2);
      }
      .run {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-1) var(--space-1) var(--space-1) var(--space-3);
        ${raisedSurface}
      }
      .run > ui-icon {
        color: var(--color-info);
      }
      .words {
        overflow: hidden;
        max-inline-size: 40ch;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `,
  ];

  @property({ attribute: false }) runs: readonly PageRun[] = [];
  @state() private stopping: ReadonlySet<string> = new Set();

  override render() {
    if (this.runs.length === 0) return nothing;
    return html`<aside aria-label="Scripts that run in this page">
      ${repeat(
        this.runs,
        ({ runId }) => runId,
        (run) => this.#run(run),
      )}
    </aside>`;
  }

  #run(run: PageRun) {
    const { runId } = run;
    const name = showBidiControls(run.name);
    return html`<div class="run">
      <ui-icon name="globe"></ui-icon>
      <span class="words" title="Leaving the page ends it"
        ><a href=${pageAddress(to.run(runId))}>${name}</a> runs in this page</span
      >
      <button
        class="button small"
        aria-label="Stop ${name}"
        ?disabled=${this.stopping.has(runId)}
        @click=${() => this.#stop(run)}
      >
        <ui-icon name="stop"></ui-icon>Stop
      </button>
    </div>`;
  }

  async #stop(run: PageRun): Promise<void> {
    this.stopping = new Set(this.stopping).add(run.runId);
    try {
      await run.stop();
      await cancelRun(run.runId);
    } catch (error) {
      notify(`“${run.name}” is stopped, but its run was not canceled: ${messageOf(error)}`, 'danger');
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'page-runs-bar': PageRunsBar;
  }
}
