import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';

describeInBrowser('a button that stays pressed', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  const look = (button: Locator) =>
    button.evaluate((element) => {
      for (const animation of element.getAnimations()) animation.finish();
      const { backgroundColor, borderTopColor, color } = getComputedStyle(element);
      return [backgroundColor, borderTopColor, color].join(' ');
    });

  it.each([
    { colorScheme: 'light', forcedColors: 'none' },
    { colorScheme: 'dark', forcedColors: 'none' },
    { colorScheme: 'light', forcedColors: 'active' },
    { colorScheme: 'dark', forcedColors: 'active' },
  ] as const)('looks different pressed, hovered and unpressed: %j', async (options) => {
    const id = await console.server.api.run({ name: 'Pressed', script: 'echo hi' });
    await console.server.api.ended(id);
    const { page } = await console.open(`runs/${id}`, options);
    const button = page.getByRole('button', { name: 'stderr' });
    const away = () => page.getByText('hi', { exact: true }).hover();
    await away();
    const looks = [await look(button)];
    await button.hover();
    looks.push(await look(button));
    await button.click();
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    looks.push(await look(button));
    await away();
    looks.push(await look(button));
    expect(new Set(looks).size).toBe(4);
  });
});
