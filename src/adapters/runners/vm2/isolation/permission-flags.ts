import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, parse } from 'node:path';

/** The name of the switch in this version of Node; null where there is no permission model. */
export const PERMISSION_FLAG =
  ['--permission', '--experimental-permission'].find((flag) => process.allowedNodeEnvironmentFlags.has(flag)) ?? null;

/**
 * Turns the permission model on and lets the program read its own folder, vm2 and what vm2 is made of, and the links on the way there,
 * which the model checks too. Node 20 forgets a path that is the beginning of another one, hence the `*` behind the shortest.
 * @throws when vm2 is not where the program would look for it.
 */
export const permissionFlags = (childFile: string): string[] => {
  if (PERMISSION_FLAG === null) return [];
  const vm2 = createRequire(childFile).resolve('vm2/package.json');
  const packages = [find('vm2', childFile), find('acorn', vm2), find('acorn-walk', vm2)];
  const links = [childFile, ...packages.map(({ found }) => found)].flatMap(outermostLink);
  const shortest = links.filter((link) => !links.some((other) => other !== link && link.startsWith(other)));
  const folders = [dirname(realpathSync(childFile)), ...packages.map(({ real }) => real)];
  const paths = [...folders.map((folder) => `${folder}/*`), ...new Set(shortest.map((link) => `${link}*`))];
  return [PERMISSION_FLAG, ...paths.map((path) => `--allow-fs-read=${path}`)];
};

/** A package's folder as `from` finds it, and where that really is. */
const find = (name: string, from: string): { found: string; real: string } => {
  const require = createRequire(from);
  const real = dirname(require.resolve(`${name}/package.json`));
  const candidates = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name));
  return { found: candidates.find((path) => existsSync(path)) ?? real, real };
};

const outermostLink = (path: string): string[] => {
  let link: string[] = [];
  for (let at = path; at !== parse(at).root; at = dirname(at)) if (lstatSync(at).isSymbolicLink()) link = [at];
  return link;
};
