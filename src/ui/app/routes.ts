/** The screens of the console, each under its own address below `/admin/scripts`. The first pattern that fits is taken. */
export interface Route {
  /** `:name` stands for one segment and becomes a parameter. */
  readonly pattern: string;
  /** The custom element that shows it. */
  readonly tag: string;
  /** Defines the element; a screen's code is loaded when it is first shown. */
  readonly load: () => Promise<unknown>;
  /** Which entry of the navigation is lit. */
  readonly section: Section;
}

export type Section = 'scripts' | 'runs' | 'audit';

export const ROUTES: readonly Route[] = [
  { pattern: '', tag: 'scripts-page', load: () => import('../pages/scripts-page.js'), section: 'scripts' },
  {
    pattern: 'new',
    tag: 'script-editor-page',
    load: () => import('../pages/script-editor-page.js'),
    section: 'scripts',
  },
  { pattern: 'runs', tag: 'runs-page', load: () => import('../pages/runs-page.js'), section: 'runs' },
  { pattern: 'runs/:runId', tag: 'run-page', load: () => import('../pages/run-page.js'), section: 'runs' },
  { pattern: 'audit', tag: 'audit-page', load: () => import('../pages/audit-page.js'), section: 'audit' },
  {
    pattern: ':id',
    tag: 'script-editor-page',
    load: () => import('../pages/script-editor-page.js'),
    section: 'scripts',
  },
  {
    pattern: ':id/runs',
    tag: 'script-runs-page',
    load: () => import('../pages/script-runs-page.js'),
    section: 'scripts',
  },
];

/** Addresses of screens, below the console; for `href` of links and for `navigate`. */
export const to = {
  scripts: () => '',
  /** @param from an example by name, or the id of the script that is duplicated */
  newScript: (from: { example?: string; copy?: string } = {}) => withQuery('new', from),
  script: (id: string) => id,
  scriptRuns: (id: string) => `${id}/runs`,
  runs: (filter: Readonly<Record<string, string>> = {}) => withQuery('runs', filter),
  run: (runId: string) => `runs/${runId}`,
  audit: (filter: Readonly<Record<string, string>> = {}) => withQuery('audit', filter),
};

const withQuery = (path: string, query: Readonly<Record<string, string>>): string => {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
};
