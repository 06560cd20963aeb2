import { html } from 'lit';
import { customElement } from 'lit/decorators.js';
import { Page } from '../app/page.js';
import { controls, pageFrame } from '../styles/controls.js';

@customElement('script-runs-page')
export class ScriptRunsPage extends Page {
  static override styles = [controls, pageFrame];

  override connectedCallback(): void {
    super.connectedCallback();
    this.setTitle('Runs of a script');
  }

  override render() {
    return html`<div class="page-head"><h1 tabindex="-1">Runs of a script</h1></div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'script-runs-page': ScriptRunsPage;
  }
}
