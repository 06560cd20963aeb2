import { describe, expect, it } from '@jest/globals';
import type { RunListItem } from '../../../../src/ui/api/runs.js';
import type { ScriptSummaryItem } from '../../../../src/ui/api/scripts.js';
import { filterScripts, isRunnable, type ScriptFilter } from '../../../../src/ui/pages/scripts/filter-scripts.js';

const script = (name: string, changes: Record<string, unknown> = {}) =>
  ({
    name,
    codeIdentifier: name.toLowerCase(),
    description: '',
    type: 'bash',
    runner: 'host',
    enabled: true,
    lastRun: null,
    ...changes,
  }) as ScriptSummaryItem;
const lastRun = (status: RunListItem['status']) => ({ lastRun: { status } as RunListItem });

const ALL = [
  script('Backup', { description: 'Dumps the database', ...lastRun('succeeded') }),
  script('Index', { type: 'node', ...lastRun('timed_out') }),
  script('Price', { type: 'node', runner: 'vm2', enabled: false }),
  script('Palette', { type: 'browser', runner: 'browser', ...lastRun('queued') }),
  script('Broken', { name: null, type: null, runner: null, invalid: [{ path: 'type', message: 'is missing' }] }),
];
const found = (filter: Partial<ScriptFilter>) =>
  filterScripts(ALL, { text: '', kind: '', state: '', ...filter }).map(({ codeIdentifier }) => codeIdentifier);

describe('the filter of the list of scripts', () => {
  it.each<[Partial<ScriptFilter>, string[]]>([
    [{}, ['backup', 'index', 'price', 'palette', 'broken']],
    [{ text: 'DATABASE dumps' }, ['backup']],
    [{ text: 'back nothing' }, []],
    [{ text: ' ' }, ['backup', 'index', 'price', 'palette', 'broken']],
    [{ text: 'broken' }, ['broken']],
    [{ kind: 'bash' }, ['backup']],
    [{ kind: 'node' }, ['index']],
    [{ kind: 'vm2' }, ['price']],
    [{ kind: 'browser' }, ['palette']],
    [{ state: 'disabled' }, ['price']],
    [{ state: 'running' }, ['palette']],
    [{ state: 'failed' }, ['index']],
    [{ state: 'never' }, ['price', 'broken']],
    [{ state: 'invalid' }, ['broken']],
    [{ state: 'enabled', text: 'i', kind: 'node' }, ['index']],
  ])('%j leaves %j', (filter, names) => expect(found(filter)).toEqual(names));

  it('lets run what is enabled and valid', () => {
    expect(ALL.map(isRunnable)).toEqual([true, true, false, true, false]);
  });

  it.each([
    ['koln', 'Köln'],
    ['KÖLN', 'koln'],
    ['köln', 'Ko\u0308ln'],
    ['strasse', 'Straße'],
    ['STRASSE', 'straße'],
    ['straße', 'Strasse'],
    ['lodz', 'Łódź'],
    ['Łódź', 'lodz'],
    ['aeroskobing', 'Ærøskøbing'],
    ['istanbul', 'İSTANBUL'],
    ['nguyen', 'Nguyễn'],
  ])('finds with and without diacritics: %s in %s', (text, name) => {
    const options = { kind: '', state: '' } as const;
    expect(filterScripts([script(name)], { text, ...options })).toHaveLength(1);
    expect(filterScripts([script('', { codeIdentifier: 'x', description: name })], { text, ...options })).toHaveLength(
      1,
    );
    expect(filterScripts([script('Berlin')], { text, ...options })).toHaveLength(0);
  });
});
