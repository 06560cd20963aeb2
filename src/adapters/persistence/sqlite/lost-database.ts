import { basename, dirname } from 'node:path';
import type { StoreFinding } from '../../../application/ports/store.js';
import type { Sighting } from './database-files.js';

/** The names of the database do not lead to what SQLite has open, or others have written into that. */
export type Lost = Extract<Sighting, { is: 'moved' | 'deleted' | 'replaced' | 'overwritten' }>;

/** What Runlet has saved of a database, and could save: where to, whether it has, whether it can. */
export interface Copy {
  readonly file: string;
  readonly state: 'made' | 'at-the-end' | 'no-folder' | 'failed';
}

/** Nothing else has what SQLite has open. */
export const needsCopy = (lost: Lost): boolean => (lost.is === 'replaced' ? lost.deleted : lost.is !== 'moved');

/** What is wrong and what to do, in one line. */
export const findingOf = (file: string, lost: Lost, copy: Copy): StoreFinding => {
  switch (lost.is) {
    case 'moved':
      return missing(
        `${file} is not there any more: it was moved${lost.to === null ? ', or its disk is not mounted' : ` to ${lost.to}`}. ` +
          'Put it back, and Runlet goes on by itself',
      );
    case 'deleted':
      return missing(`${file} was deleted while Runlet used it. ${putCopyThere(file, copy)}`);
    case 'replaced':
      return missing(
        `${file} was moved or deleted while Runlet used it, and another file is in its place. ` +
          (lost.deleted
            ? `To use that one, stop Runlet and start it again. ${whatIsCopied(copy)}`
            : 'Put it back, and Runlet goes on by itself; to use the other one, stop Runlet and start it again'),
      );
    case 'overwritten':
      return damaged(`${file} was overwritten by another program while Runlet used it. ${replaceIt(copy)}`);
  }
};

/** @param damage as SQLite says it */
export const damageOf = (file: string, damage: string, copy: Copy): StoreFinding =>
  damaged(`${file} is damaged (${damage}). ${replaceIt(copy)}`);

const missing = (message: string): StoreFinding => ({ code: 'store.missing', message });
const damaged = (message: string): StoreFinding => ({ code: 'store.damaged', message });

const putCopyThere = (file: string, { file: copy, state }: Copy): string => {
  const rename = `rename ${copy} to ${basename(file)}, and start it again`;
  switch (state) {
    case 'made':
      return `${copy} is a copy of what it held: stop Runlet, ${rename}`;
    case 'at-the-end':
      return `Stop Runlet with SIGTERM: it then saves what it held; ${rename}`;
    case 'no-folder':
      return `Make the folder ${dirname(file)} again, and Runlet saves there what it held`;
    case 'failed':
      return 'What it held could not be saved yet: see that the disk has room';
  }
};

const replaceIt = ({ file, state }: Copy): string =>
  `Stop Runlet, put a backup${state === 'made' ? `, or ${file} with what Runlet still had,` : ''} in its place, and start it again`;

const whatIsCopied = ({ file, state }: Copy): string =>
  state === 'made' ? `${file} is a copy of what Runlet had` : `What Runlet had is saved as ${file} when it stops`;
