import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import type { StoreExamination } from '../../../application/ports/store.js';

/** Whether files can be written in the folder of the run logs, which is made again where it is gone. The one around it is not. */
export const examineFolder = async (folder: string): Promise<StoreExamination> => {
  try {
    const isMade = await makeWhereMissing(folder);
    if (!(await stat(folder)).isDirectory())
      return unwritable(folder, 'it is no folder', 'Move away what is in its place');
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return {
      problems: [],
      mended: isMade ? [`the folder of the run logs, ${folder}, was missing; it was made again`] : [],
    };
  } catch (error) {
    return unwritable(folder, (error as Error).message, 'Give Runlet its folder and its rights back');
  }
};

const makeWhereMissing = async (folder: string): Promise<boolean> => {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const unwritable = (folder: string, why: string, remedy: string): StoreExamination => ({
  problems: [
    {
      code: 'logs.unwritable',
      message: `run logs cannot be written in ${folder}: ${why}. ${remedy}, and it goes on by itself`,
    },
  ],
  mended: [],
});
