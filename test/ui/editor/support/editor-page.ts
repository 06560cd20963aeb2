import type { Page } from 'playwright-core';

export type { Page };

/** The text of the script. */
export const body = (page: Page) => page.getByRole('textbox', { name: 'Script', exact: true });
export const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });
export const notice = (page: Page, text: string | RegExp) => page.locator('notice-stack').getByText(text).waitFor();
export const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name }).waitFor();
/** CodeMirror has taken the place of the text area. */
export const whenHighlighted = (page: Page) => page.locator('.cm-content').waitFor();
export const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
