import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';
import { eventually } from '../support/eventually.js';

describeInBrowser('the list of scripts', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  it('offers examples while there is none', async () => {
    const { page } = await console.open('');
    await page.getByRole('heading', { name: 'Scripts' }).waitFor();
    for (const name of ['Disk and memory check', 'Largest files', 'Next maintenance windows'])
      await page.getByRole('link', { name: new RegExp(name) }).waitFor();
    expect(await page.getByRole('link', { name: /Disk and memory/ }).getAttribute('href')).toBe(
      '/admin/scripts/new?example=bash',
    );
  });

  it('shows a script and how its last run went, and follows it', async () => {
    const { api } = console.server;
    const script = await api.createScript({ name: 'Nightly', script: 'sleep 60', description: 'At night' });
    const { page } = await console.open('');
    const row = page.getByRole('listitem').filter({ hasText: 'Nightly' });
    await row.getByText('Never run').waitFor();
    const runId = await api.startRun(script.id);
    await row.getByText('Running').waitFor();
    await api.cancel(runId);
    await row.getByText('Canceled').waitFor();
  });

  it('filters as one types, by type and by state, and keeps that in the address', async () => {
    const { api } = console.server;
    await api.createScript({ name: 'Old importer', enabled: false, type: 'node', script: '1' });
    const { page } = await console.open('');
    await page.getByRole('link', { name: 'Old importer' }).waitFor();
    const names = () => page.locator('script-rows .name a').allTextContents();
    await page.keyboard.press('/');
    await page.keyboard.type('night');
    await eventually(async () => expect(await names()).toEqual(['Nightly']));
    await page.reload();
    await eventually(async () => expect(await names()).toEqual(['Nightly']));
    await page.getByLabel('Filter scripts').fill('');
    await page.getByLabel('State').selectOption('disabled');
    await eventually(async () => expect(await names()).toEqual(['Old importer']));
    await page.getByLabel('Type').selectOption('vm2');
    await page.getByText('No script is like that').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await eventually(async () => expect(await names()).toHaveLength(2));
  });

  it('is walked through and asked for actions by keys alone', async () => {
    const { page } = await console.open('');
    await page.getByRole('link', { name: 'Nightly' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const focused = () =>
      page.evaluate(() => {
        let active = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        return active?.getAttribute('aria-label') ?? active?.textContent.trim();
      });
    expect(await focused()).toBe('Nightly');
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab'); // last run, Run, the menu
    expect(await focused()).toBe('More actions for Nightly');
    await page.keyboard.press('Enter');
    await eventually(async () => expect(await focused()).toBe('Edit'));
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toBe('Delete…');
    await page.keyboard.press('Escape');
    expect(await focused()).toBe('More actions for Nightly');
  });

  it('runs a script once however often it is asked, and asks first where the script wants that', async () => {
    const { api } = console.server;
    const { id } = await api.createScript({ name: 'Careful', script: 'true', confirm: true });
    const { page } = await console.open('');
    await page.getByRole('button', { name: 'Run Careful' }).click();
    const dialog = page.getByRole('dialog', { name: 'Run “Careful”?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect((await api.runs(`?scriptId=${id}`)).items).toEqual([]);
    await page.getByRole('button', { name: 'Run Careful' }).dblclick();
    await dialog.getByRole('button', { name: 'Run' }).click();
    await page.waitForURL(/runs\/[0-9a-f]{24}$/);
    expect((await api.runs(`?scriptId=${id}`)).items).toHaveLength(1);
  });

  it('disables, enables and deletes, and says why when that is refused', async () => {
    const { api } = console.server;
    const script = await api.createScript({ name: 'Doomed', script: 'sleep 60' });
    const { page } = await console.open('');
    const act = async (action: string) => {
      await page.getByRole('button', { name: 'More actions for Doomed' }).click();
      await page.getByRole('menuitem', { name: action }).click();
    };
    await act('Disable');
    await eventually(async () => expect(await api.script(script.id)).toMatchObject({ enabled: false }));
    await act('Enable');
    await eventually(async () => expect(await api.script(script.id)).toMatchObject({ enabled: true }));
    const runId = await api.startRun(script.id);
    const confirmation = page.getByRole('dialog', { name: 'Delete “Doomed”?' });
    await act('Delete…');
    await confirmation.getByRole('button', { name: 'Delete' }).click();
    await page.getByText(/“Doomed” was not deleted: .*cancel/).waitFor();
    await api.cancel(runId);
    await api.ended(runId);
    await act('Delete…');
    await confirmation.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('“Doomed” is deleted.').waitFor();
    await eventually(async () =>
      expect((await api.scripts()).map(({ name }) => name).sort()).toEqual(['Careful', 'Nightly', 'Old importer']),
    );
  });
});
