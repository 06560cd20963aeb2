import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where a file under one of `paths` contains one of `texts`; the text itself is not repeated. */
export const findLeaks = (paths, texts) => {
  const wanted = [...new Set(texts)].map((text) => Buffer.from(text));
  return paths.flatMap(filesUnder).flatMap((file) => {
    const content = readFileSync(file);
    const found = wanted.findIndex((text) => content.includes(text));
    return found < 0 ? [] : [`${file}: form ${found}, at byte ${content.indexOf(wanted[found])}`];
  });
};

const filesUnder = (path) => {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)));
};
