/** Where the console is, `…/admin/scripts/`: every bundled file is one folder below, whatever prefix or proxy is before it. */
export const CONSOLE = new URL(/* @vite-ignore */ '../', import.meta.url);

/** @param path below the console: `runs?status=failed`; empty for the list of scripts */
export const pageAddress = (path: string): string => {
  const { pathname, search, hash } = new URL(path, CONSOLE);
  return pathname.replace(/\/admin\/scripts\/$/, '/admin/scripts') + search + hash;
};

/** @param path below `/api/admin/`: `scripts/runs` */
export const apiAddress = (path: string): string => new URL(`../../api/admin/${path}`, CONSOLE).href;
