import type { Page } from 'playwright-core';

/** What a screen reader would call the element that has the focus. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    if (!(active instanceof HTMLElement)) return 'nothing';
    const labels = active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement ? active.labels : null;
    const text = active.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? active.textContent;
    return text.replace(/\s+/g, ' ').trim();
  });
