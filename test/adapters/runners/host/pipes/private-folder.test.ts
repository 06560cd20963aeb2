import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { makePrivateFolder } from '../../../../../src/adapters/runners/host/pipes/private-folder.js';

describe('makePrivateFolder', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'private-folder-'));
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it('makes a folder of its own for each caller, closed to other users', () => {
    const [one, other] = [makePrivateFolder(parent), makePrivateFolder(parent)];
    expect(dirname(one)).toBe(parent);
    expect(one).not.toBe(other);
    expect(statSync(one).mode & 0o777).toBe(0o700);
    expect(readdirSync(parent)).toHaveLength(2);
  });

  it('removes what a killed server left, and nothing else', () => {
    const ours = basename(makePrivateFolder(parent));
    const abandoned = ours.replace(/-\d+-\w+$/, '-1-abcdef'); // our number, but begun at another time
    mkdirSync(join(parent, abandoned));
    writeFileSync(join(parent, abandoned, 'pipe-0'), '');
    const kept = [
      ours,
      ours.replace(/^runlet-\d+/, 'runlet-1').replace(/-\d+-\w+$/, '-1-abcdef'), // of another namespace
      'runlet-notes',
      'other',
    ];
    for (const name of kept.slice(1)) mkdirSync(join(parent, name));
    const link = abandoned.replace('abcdef', 'fedcba');
    symlinkSync(join(parent, 'other'), join(parent, link));
    const made = basename(makePrivateFolder(parent));
    expect(readdirSync(parent).sort()).toEqual([...kept, link, made].sort());
  });
});
