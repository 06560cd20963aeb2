import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Debian's Chromium or another one on PATH, or CHROMIUM_PATH; null where there is none. */
export const findChromium = () => {
  const given = process.env.CHROMIUM_PATH;
  if (given) return given;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram) ?? null;
};

export const MISSING =
  'There is no Chromium on PATH: install one (Debian, Ubuntu: apt-get install chromium) or set CHROMIUM_PATH to one.';

/** What it is started with beside the driver's own. */
export const ARGUMENTS = [
  '--no-sandbox', // containers have none; the pages are our own
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const isProgram = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
