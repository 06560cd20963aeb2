import { afterAll, beforeAll, expect, it } from '@jest/globals';
import Database from 'libsql';
import { join } from 'node:path';
import { EXAMPLES } from '../../../src/ui/editor/examples.js';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';
import { focused } from '../../support/browser/focus.js';
import { eventually } from '../../support/eventually.js';
import { body, field, heading, notice, type Page, whenHighlighted } from './support/editor-page.js';

describeInBrowser('the script editor', () => {
  let console: ConsoleUnderTest;
  const api = () => console.server.api;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  it('makes a script from an example by the keyboard alone, saves and runs it', async () => {
    const { page, problems } = await console.open('new?example=bash');
    await whenHighlighted(page);
    await field(page, 'Name').focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('Morning check');
    for (const next of ['Identifier', 'Description', 'Bash on the server', 'Script']) {
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe(next);
    }
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type('if true; then');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('echo indented');
    expect(await focused(page)).toBe('Script');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Key of LIMIT_PERCENT');
    await page.keyboard.press('Escape'); // closes nothing and loses nothing
    await page.keyboard.press('ControlOrMeta+s');
    await heading(page, 'Morning check');
    expect(page.url()).toMatch(/\/admin\/scripts\/[0-9a-f]{24}$/);
    const id = page.url().slice(-24);
    expect((await api().script(id)).script).toContain('\nif true; then\n  echo indented');
    await field(page, 'Name').fill('Morning check 2');
    await body(page).focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('echo from the keyboard');
    await page.keyboard.press('ControlOrMeta+Enter');
    await page.waitForURL(/\/runs\/[0-9a-f]{24}$/);
    expect(await api().script(id)).toMatchObject({
      name: 'Morning check 2',
      script: 'echo from the keyboard',
      revision: 2,
    });
    const { items } = await runsOf(id);
    expect(items).toMatchObject([{ trigger: 'manual', meta: { script: { revision: 2 } } }]);
    expect(problems).toEqual([]);
  });

  it.each(Object.entries(EXAMPLES))('has an example that succeeds as it is: %s', async (_, { script }) => {
    expect(await api().runToEnd(script)).toMatchObject({ status: 'succeeded' });
  });

  it('edits every field', async () => {
    const { id } = await api().createScript({ name: 'Plain', script: 'true' });
    const { page } = await console.open(id);
    await whenHighlighted(page);
    await field(page, 'Name').fill('Every field');
    await field(page, 'Identifier').fill('every-one');
    await field(page, 'Description').fill('Two\nlines');
    await page.getByRole('radio', { name: 'Node in a sandbox' }).check();
    await body(page).fill('return 1');
    await page.getByRole('button', { name: 'Add a variable' }).click();
    await page.keyboard.type('GREETING');
    await page.keyboard.press('Enter');
    await page.keyboard.type('hello');
    await field(page, 'Time limit').fill('1h 30m');
    await field(page, 'Working directory').fill('/tmp');
    await field(page, 'Enabled').uncheck();
    await field(page, 'Ask before it runs').check();
    await page.keyboard.press('ControlOrMeta+s');
    await notice(page, 'Saved as revision 2');
    expect(await api().script(id)).toMatchObject({
      name: 'Every field',
      codeIdentifier: 'every-one',
      description: 'Two\nlines',
      type: 'node',
      runner: 'vm2',
      script: 'return 1',
      env: [{ key: 'GREETING', value: 'hello' }],
      timeoutMs: 5_400_000,
      defaultWorkingDirectory: '/tmp',
      enabled: false,
      confirm: true,
    });
    expect(await field(page, 'Time limit').inputValue()).toBe('1 h 30 min');
    expect(await page.getByRole('button', { name: 'Run' }).getAttribute('aria-disabled')).toBe('true');
  });

  it("shows the server's message at each wrong field and goes to the first", async () => {
    const { id } = await api().createScript({ name: 'Wrong', script: 'true', codeIdentifier: 'wrong' });
    await api().createScript({ name: 'Holder', script: 'true', codeIdentifier: 'taken' });
    const { page } = await console.open(id);
    await whenHighlighted(page);
    await field(page, 'Time limit').fill('5');
    await page.keyboard.press('ControlOrMeta+s');
    await page.getByText('needs a unit: 5 s, 5 min or 5 h').waitFor();
    expect(await focused(page)).toBe('Time limit');
    await field(page, 'Time limit').fill('1 ms');
    await field(page, 'Name').fill('');
    await page.getByRole('button', { name: 'Add a variable' }).click();
    await page.keyboard.type('UID');
    await page.keyboard.press('ControlOrMeta+s');
    await page.getByText('must not be UID: bash keeps it read-only').waitFor();
    await field(page, 'Key of UID').fill('1X');
    await page.keyboard.press('ControlOrMeta+s');
    await page.getByText('must begin with a letter or _ and hold').waitFor();
    await page.getByText('must be a whole number of ms from 100').waitFor();
    expect(await field(page, 'Name').getAttribute('aria-invalid')).toBe('true');
    expect(await focused(page)).toBe('Name');
    await field(page, 'Name').fill('Right');
    expect(await field(page, 'Name').getAttribute('aria-invalid')).toBe('false');
    await page.keyboard.press('ControlOrMeta+s');
    await eventually(async () => expect(await focused(page)).toBe('Key of 1X'));
    await page.getByRole('button', { name: 'Remove 1X' }).click();
    await field(page, 'Time limit').fill('1 s');
    await field(page, 'Identifier').fill('taken');
    await page.keyboard.press('ControlOrMeta+s');
    await page
      .locator('script-fields')
      .getByText(/Holder/)
      .waitFor();
    expect(await focused(page)).toBe('Identifier');
    await field(page, 'Identifier').fill('free');
    expect(await page.locator('editor-note').count()).toBe(0);
    expect(await api().script(id)).toMatchObject({ name: 'Wrong', revision: 1 });
  });

  it('reads KEY=value lines that are pasted', async () => {
    const { id } = await api().createScript({ script: 'true', env: [{ key: 'KEEP', value: 'old' }] });
    const { page } = await console.open(id);
    await page.getByRole('button', { name: 'Add a variable' }).click();
    await paste(page, '# from .env\nexport A="one two"\nB=2 # two\nKEEP=new\nno assignment\n');
    await page.getByText('2 added, 1 changed, 1 line left out').waitFor();
    await page.keyboard.press('ControlOrMeta+s');
    await notice(page, 'Saved as revision 2');
    expect((await api().script(id)).env).toEqual([
      { key: 'KEEP', value: 'new' },
      { key: 'A', value: 'one two' },
      { key: 'B', value: '2' },
    ]);
  });

  it('keeps a value of several lines, and carriage returns in a text that was not touched', async () => {
    const { id } = await api().createScript({ script: 'echo 1\r\necho 2\r\n', env: [{ key: 'PEM', value: 'a\nb' }] });
    const { page } = await console.open(id);
    await whenHighlighted(page);
    await field(page, 'Name').fill('Only the name');
    await page.keyboard.press('ControlOrMeta+s');
    await notice(page, 'Saved as revision 2');
    expect(await api().script(id)).toMatchObject({
      script: 'echo 1\r\necho 2\r\n',
      env: [{ key: 'PEM', value: 'a\nb' }],
    });
  });

  it('puts the focus where work begins: on the name of a new script, on the heading of one that is there', async () => {
    await api().createScript({ name: 'Well known', script: 'true' });
    const { page } = await console.open('');
    await page.getByRole('link', { name: 'New script' }).click();
    await eventually(async () => expect(await focused(page)).toBe('Name'));
    await page.goBack();
    await page.getByRole('link', { name: 'Well known' }).click();
    await eventually(async () => expect(await focused(page)).toBe('Well known'));
  });

  it('asks before it runs what wants to be confirmed, naming it', async () => {
    const { id } = await api().createScript({ name: 'Drop <b>everything</b>', script: 'true', confirm: true });
    const { page } = await console.open(id);
    await whenHighlighted(page);
    await page.keyboard.press('ControlOrMeta+Enter');
    await heading(page, 'Run “Drop <b>everything</b>”?');
    await page.keyboard.press('Escape');
    expect((await runsOf(id)).items).toEqual([]);
    await page.keyboard.press('ControlOrMeta+Enter');
    await page.locator('confirm-dialog').getByRole('button', { name: 'Run' }).click();
    await page.waitForURL(/\/runs\/[0-9a-f]{24}$/);
    expect((await runsOf(id)).items).toHaveLength(1);
  });

  it('does not take the closing of one question for the answer to the next', async () => {
    const { id } = await api().createScript({ name: 'Asks', script: 'true', confirm: true });
    const { page } = await console.open(id);
    await whenHighlighted(page);
    await page.keyboard.press('ControlOrMeta+Enter');
    await heading(page, 'Run “Asks”?');
    const second = await page.evaluate(async () => {
      const asking = document.querySelector('confirm-dialog');
      asking?.shadowRoot?.querySelector('dialog')?.close(); // tells of it in a task of its own
      const answered = asking?.ask({ heading: 'The next?', yes: 'Yes' }).then(() => 'answered');
      return Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 200, 'open'))]);
    });
    expect(second).toBe('open');
  });

  it('duplicates and deletes', async () => {
    const { id } = await api().createScript({ name: 'Original', script: 'echo 1', timeoutMs: 60_000 });
    const { page } = await console.open(id);
    await page.getByRole('link', { name: 'Duplicate' }).click();
    await heading(page, 'New script');
    expect(await field(page, 'Name').inputValue()).toBe('Copy of Original');
    await page.keyboard.press('ControlOrMeta+s');
    await heading(page, 'Copy of Original');
    const copy = page.url().slice(-24);
    expect(await api().script(copy)).toMatchObject({
      script: 'echo 1',
      timeoutMs: 60_000,
      codeIdentifier: 'copy-of-original',
    });
    await page.getByRole('button', { name: 'Delete' }).click();
    await heading(page, 'Delete “Copy of Original”?');
    await page.locator('confirm-dialog').getByRole('button', { name: 'Delete' }).click();
    await heading(page, 'Scripts');
    expect((await api().scripts()).map((script) => script.id)).not.toContain(copy);
  });

  it('shows a hostile name as text', async () => {
    const hostile = '<img src=x onerror="window.pwned=1">';
    const { id } = await api().createScript({
      name: hostile,
      description: hostile,
      script: hostile,
      env: [{ key: 'A', value: hostile }],
    });
    const { page, problems } = await console.open(id);
    await whenHighlighted(page);
    await heading(page, hostile);
    await field(page, 'Name').fill(`${hostile}!`);
    await page.getByRole('button', { name: 'Compare' }).click();
    await heading(page, 'Your changes');
    expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBeUndefined();
    expect(problems).toEqual([]);
  });

  it('opens a stored script that breaks the rules, and saves it once it is corrected', async () => {
    const { id } = await api().createScript({ name: 'Edited elsewhere', script: 'echo repaired' });
    const database = new Database(join(console.settings.DATA_DIR ?? '', 'runlet.db'));
    database.prepare('UPDATE script_definitions SET timeoutMs = -5 WHERE id = ?').run(id);
    database.close();
    const { page } = await console.open(id);
    await page.getByText('What is stored breaks the rules, so it does not run.').waitFor();
    expect(await field(page, 'Time limit').getAttribute('aria-invalid')).toBe('true');
    await field(page, 'Time limit').fill('5 s');
    await page.keyboard.press('ControlOrMeta+Enter');
    await page.getByText('repaired', { exact: true }).waitFor();
    expect(await api().script(id)).toMatchObject({ timeoutMs: 5000, revision: 2 });
  });

  const runsOf = async (scriptId: string) =>
    (await api().get<{ items: { trigger: string }[] }>(`/api/admin/scripts/runs?scriptId=${scriptId}`)).body;
});

/** As the browser does it for Ctrl+V, whose clipboard a headless page does not get. */
const paste = (page: Page, text: string): Promise<void> =>
  page.evaluate((pasted) => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    active?.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, composed: true, cancelable: true }),
    );
  }, text);
