import { html } from 'lit';
import { customElement } from 'lit/decorators.js';
import { Page } from '../app/page.js';
import { controls, pageFrame } from '../styles/controls.js';

@customElement('runs-page')
export class RunsPage extends Page {
  static override styles = [controls, pageFrame];

  override connectedCallback(): void {
    super.connectedCallback();
    this.setTitle('Runs');
  }

  override render() {
    return html`<div class="page-head"><h1 tabindex="-1">Runs</h1></div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'runs-page': RunsPage;
  }
}
