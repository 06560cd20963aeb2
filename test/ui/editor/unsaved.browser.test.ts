import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';
import { eventually } from '../../support/eventually.js';
import { body, click, field, heading, notice, type Page, whenHighlighted } from './support/editor-page.js';

describeInBrowser('what is typed into the script editor and not saved', () => {
  let console: ConsoleUnderTest;
  const api = () => console.server.api;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  const openScript = async (draft: object) => {
    const script = await api().createScript({ name: 'Contested', script: 'echo old\n', ...draft });
    const { page } = await console.open(script.id);
    await whenHighlighted(page);
    return { id: script.id, page };
  };

  it('is offered after a reload, compared, and restored', async () => {
    const { id, page } = await openScript({});
    await field(page, 'Name').fill('Typed');
    await body(page).fill('echo typed');
    await draftOf(page, id, 'echo typed');
    await page.reload();
    await page.getByText('Unsaved changes of yours').waitFor();
    expect(await field(page, 'Name').inputValue()).toBe('Contested');
    await page.locator('editor-notes').getByRole('button', { name: 'Compare' }).click();
    await heading(page, 'Your draft');
    await page.locator('changes-dialog').getByText('echo typed').waitFor();
    await page.locator('changes-dialog').getByRole('button', { name: 'Restore' }).click();
    expect(await field(page, 'Name').inputValue()).toBe('Typed');
    await page.keyboard.press('ControlOrMeta+s');
    await notice(page, 'Saved as revision 2');
    expect(await api().script(id)).toMatchObject({ name: 'Typed', script: 'echo typed' });
    await page.reload();
    await whenHighlighted(page);
    expect(await page.getByText('Unsaved changes of yours').count()).toBe(0);
  });

  it('of a new script too, and is discarded when asked', async () => {
    const { page } = await console.open('new');
    await field(page, 'Name').fill('Half a script');
    await draftOf(page, 'new', 'Half a script');
    await page.reload();
    await page.getByText('“Half a script”').waitFor();
    await click(page, 'Discard');
    await page.reload();
    await heading(page, 'New script');
    await whenHighlighted(page);
    expect(await page.getByText('“Half a script”').count()).toBe(0);
  });

  it('keeps an admin from leaving by accident', async () => {
    const { page } = await openScript({});
    await field(page, 'Name').fill('Typed');
    await page.getByRole('link', { name: 'Audit' }).click();
    await heading(page, 'Leave without saving your changes?');
    await page.getByText('They stay in this browser as a draft.').waitFor();
    await click(page, 'Stay');
    expect(await field(page, 'Name').inputValue()).toBe('Typed');
    const asked = page.waitForEvent('dialog');
    void page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await page.getByRole('link', { name: 'Audit' }).click();
    await click(page, 'Leave');
    await heading(page, 'Audit');
    await page.goBack();
    await click(page, 'Restore');
    expect(await field(page, 'Name').inputValue()).toBe('Typed');
  });

  it('never has the value of a secret in the browser, and says so', async () => {
    const { id, page } = await openScript({});
    await click(page, 'Add a variable');
    await page.keyboard.type('API_TOKEN');
    await page.keyboard.press('Enter');
    await page.getByText('API_TOKEN is taken for a secret.').waitFor();
    await page.keyboard.type('hunter2');
    expect(
      await field(page, 'Value of API_TOKEN').evaluate((area) =>
        getComputedStyle(area).getPropertyValue('-webkit-text-security'),
      ),
    ).toBe('disc');
    await draftOf(page, id, 'API_TOKEN');
    expect(await storage(page)).not.toContain('hunter2');
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('without the values of secrets').waitFor();
    await click(page, 'Leave');
    expect(await storage(page)).not.toContain('hunter2');
  });

  it('meets a newer revision: both are shown, and mine can be kept', async () => {
    const { id, page } = await openScript({});
    await body(page).fill('echo mine');
    await api().editScript(id, { script: 'echo theirs', timeoutMs: 60_000 });
    await page.keyboard.press('ControlOrMeta+s');
    await heading(page, 'Revision 2 was saved while you edited');
    const dialog = page.locator('changes-dialog');
    await dialog.getByText('Both of you changed: Script.').waitFor();
    await dialog.getByText('kept in any case: Time limit.').waitFor();
    await dialog.getByText('echo theirs').waitFor();
    await dialog.getByText('echo mine').waitFor();
    await click(page, 'Keep mine');
    await notice(page, 'Saved as revision 3');
    expect(await api().script(id)).toMatchObject({ script: 'echo mine', timeoutMs: 60_000 });
  });

  it('meets a newer revision: theirs can be taken, and mine comes back', async () => {
    const { id, page } = await openScript({});
    await body(page).fill('echo mine');
    await api().editScript(id, { script: 'echo theirs' });
    await page.keyboard.press('ControlOrMeta+s');
    await click(page, 'Take theirs');
    await page.locator('code-editor').getByText('echo theirs').waitFor();
    await page.reload();
    await click(page, 'Restore');
    await page.locator('code-editor').getByText('echo mine').waitFor();
    await page.keyboard.press('ControlOrMeta+s');
    await notice(page, 'Saved as revision 3');
    expect((await api().script(id)).script).toBe('echo mine');
  });

  it('meets a newer revision: editing goes on, and the next save is on top of it', async () => {
    const { id, page } = await openScript({});
    await field(page, 'Name').fill('Mine');
    await api().editScript(id, { description: 'theirs' });
    await page.keyboard.press('ControlOrMeta+s');
    await page.getByText('both changes can be kept').waitFor();
    await page.keyboard.press('Escape');
    await eventually(async () => expect(await field(page, 'Description').inputValue()).toBe('theirs'));
    await field(page, 'Name').fill('Mine, edited');
    await page.keyboard.press('ControlOrMeta+s');
    await notice(page, 'Saved as revision 3');
    expect(await api().script(id)).toMatchObject({ name: 'Mine, edited', description: 'theirs' });
  });

  it('outlives its script: it can be made anew', async () => {
    const { id, page } = await openScript({ name: 'Doomed' });
    await body(page).fill('echo still here');
    await api().send('DELETE', `/api/admin/scripts/${id}`);
    await page.keyboard.press('ControlOrMeta+s');
    await page.getByText('This script was deleted meanwhile.').waitFor();
    await draftOf(page, id, 'still here');
    await page.reload();
    await heading(page, 'Script');
    await page.getByText('There is no such script').waitFor();
    await click(page, 'Make a new script of your draft');
    await page.keyboard.press('ControlOrMeta+s');
    await notice(page, 'Created “Doomed”');
    expect(page.url()).not.toContain(id);
    expect(await api().script(page.url().slice(-24))).toMatchObject({ script: 'echo still here', revision: 1 });
  });

  it('stays when the server is gone or the login has expired', async () => {
    const { id, page } = await openScript({});
    await field(page, 'Name').fill('Typed');
    await page.route(`**/api/admin/scripts/${id}`, (route) => route.abort());
    await page.keyboard.press('ControlOrMeta+s');
    await page.locator('editor-notes').getByText('the server does not answer', { exact: false }).waitFor();
    await page.unroute(`**/api/admin/scripts/${id}`);
    const expired = { status: 401, json: { error: 'sign in', code: 'auth.required' } };
    await page.route(`**/api/admin/scripts/${id}`, (route) => route.fulfill(expired));
    await page.keyboard.press('ControlOrMeta+s');
    await page.getByText('Your login has expired').waitFor();
    expect(await field(page, 'Name').inputValue()).toBe('Typed');
    await page.unroute(`**/api/admin/scripts/${id}`);
    await page.keyboard.press('ControlOrMeta+s');
    await notice(page, 'Saved as revision 2');
    expect(await page.locator('editor-note').count()).toBe(0);
    expect(await api().script(id)).toMatchObject({ name: 'Typed' });
  });

  /** Waits until the draft in the browser's storage has a text in it. */
  const draftOf = (page: Page, id: string, text: string) =>
    eventually(async () => {
      const draft = await page.evaluate((name) => localStorage.getItem(name), `runlet.draft.${id}`);
      expect(draft).toContain(text);
    });
  const storage = (page: Page) => page.evaluate(() => JSON.stringify([localStorage, sessionStorage]));
});
