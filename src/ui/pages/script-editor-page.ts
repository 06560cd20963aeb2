import { html } from 'lit';
import { customElement } from 'lit/decorators.js';
import { Page } from '../app/page.js';
import { controls, pageFrame } from '../styles/controls.js';

@customElement('script-editor-page')
export class ScriptEditorPage extends Page {
  static override styles = [controls, pageFrame];

  override connectedCallback(): void {
    super.connectedCallback();
    this.setTitle('Script');
  }

  override render() {
    return html`<div class="page-head"><h1 tabindex="-1">Script</h1></div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'script-editor-page': ScriptEditorPage;
  }
}
