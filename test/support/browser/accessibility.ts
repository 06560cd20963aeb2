import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const SOURCE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe-core finds wrong with the page as it is now: `rule: element, element`. Evaluated, so that the page's own policy stays as it is. */
export const accessibilityProblems = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(await readFile(SOURCE, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: Axe };
    const { violations } = await axe.run(document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.flat().join(' ')).join(', ')}`);
  });
};

interface Axe {
  run(context: Document): Promise<{ violations: { id: string; nodes: { target: (string | string[])[] }[] }[] }>;
}
