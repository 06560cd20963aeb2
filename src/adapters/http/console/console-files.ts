import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

export interface Asset {
  readonly mediaType: string;
  /** Ready-made files, by content coding; the file itself under `identity`. */
  readonly files: Readonly<Partial<Record<Coding, string>>>;
}

export type Coding = 'br' | 'gzip' | 'identity';

export interface ConsoleFiles {
  readonly page: string;
  /** By name, as the page and its modules ask for them. */
  readonly assets: ReadonlyMap<string, Asset>;
}

/** What the build made of src/ui; null where it was not built. Only names are kept: the server's own memory stays small. */
export const findConsoleFiles = (folder: string): ConsoleFiles | null => {
  try {
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    const there = new Set(readdirSync(join(folder, 'assets')));
    const assets = new Map<string, Asset>();
    for (const name of there) {
      const mediaType = MEDIA_TYPES[extname(name)];
      if (mediaType !== undefined) assets.set(name, { mediaType, files: filesOf(join(folder, 'assets'), name, there) });
    }
    return { page, assets };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const filesOf = (folder: string, name: string, there: ReadonlySet<string>): Asset['files'] => ({
  identity: join(folder, name),
  ...(there.has(`${name}.br`) && { br: join(folder, `${name}.br`) }),
  ...(there.has(`${name}.gz`) && { gzip: join(folder, `${name}.gz`) }),
});
