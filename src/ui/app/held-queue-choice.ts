import { css, html, LitElement } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { messageOf } from '../api/api-error.js';
import { checkConnection, decideHeldQueue } from '../api/system.js';
import { ask, type Question } from '../elements/confirm-dialog.js';
import { notify } from '../elements/notices.js';
import { asSentence } from '../format/as-sentence.js';
import { controls } from '../styles/controls.js';

type Action = 'run' | 'cancel';

const QUESTIONS: Readonly<Record<Action, Question>> = {
  run: {
    heading: 'Run what is held?',
    text: 'The runs are queued here, in the order in which they were started. What another server has executed since is executed again.',
    yes: 'Run',
  },
  cancel: {
    heading: 'Cancel what is held?',
    text: 'The runs end as canceled, and their scripts never start.',
    yes: 'Cancel the runs',
    no: 'Keep them held',
    danger: true,
  },
};

const DONE: Readonly<Record<Action, string>> = { run: 'queued', cancel: 'canceled' };

/** Lets an admin decide on the queued runs that came with a copy of the data. Asks first. */
@customElement('held-queue-choice')
export class HeldQueueChoice extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
    `,
  ];

  @state() private busy = false;

  override render() {
    return html`
      <button class="button small" ?disabled=${this.busy} @click=${() => this.#decide('run')}>Run them…</button>
      <button class="button small" ?disabled=${this.busy} @click=${() => this.#decide('cancel')}>Cancel them…</button>
    `;
  }

  async #decide(action: Action): Promise<void> {
    if (this.busy || !(await ask(QUESTIONS[action]))) return;
    this.busy = true;
    try {
      const { count } = await decideHeldQueue(action);
      notify(`${count} held ${count === 1 ? 'run was' : 'runs were'} ${DONE[action]}.`, 'success');
    } catch (error) {
      notify(asSentence(messageOf(error)), 'danger');
    } finally {
      this.busy = false;
      await checkConnection();
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'held-queue-choice': HeldQueueChoice;
  }
}
