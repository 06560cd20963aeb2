/**
 * Dependencies point inwards: adapters → application → domain; only composition sees all. Allow-lists, so that a new folder
 * or package has no rights until somebody writes them here.
 */
const to = (...paths) => ({ path: paths });
const npm = (name) => `^node_modules/(@types/)?${name}(/|$)`;
const core = ['^src/domain/', '^src/application/'];

/** What each place may import; whatever no line allows is an error. */
const allowed = [
  { from: { path: '^src/domain/' }, to: to('^src/domain/') },
  { from: { path: '^src/application/' }, to: to(...core) },
  { from: { path: '^src/adapters/http/' }, to: to(...core, '^src/adapters/http/') },
  {
    from: { path: '^src/adapters/http/' },
    to: { path: [npm('koa'), npm('@koa/router'), npm('koa-bodyparser'), npm('zod')] },
  },
  { from: { path: '^src/adapters/persistence/' }, to: to(...core) },
  { from: { path: '^src/adapters/persistence/([^/]+)/' }, to: { path: '^src/adapters/persistence/($1|rows)/' } },
  {
    from: { path: '^src/adapters/persistence/sqlite/' },
    to: { path: ['^src/adapters/persistence/files/', npm('libsql')] },
  },
  { from: { path: '^src/adapters/persistence/mongo/' }, to: { path: [npm('mongodb'), npm('bson')] } },
  { from: { path: '^src/adapters/persistence/' }, to: { path: npm('zod') } },
  { from: { path: '^src/adapters/runners/' }, to: to(...core, '^src/adapters/runners/kept-result\\.ts$') },
  { from: { path: '^src/adapters/runners/([^/]+)/' }, to: { path: '^src/adapters/runners/$1/' } },
  { from: { path: '^src/adapters/runners/(host|vm2)/' }, to: to('^src/adapters/runners/process/') },
  { from: { path: '^src/adapters/runners/(host|process)/' }, to: { path: npm('execa') } },
  { from: { path: '^src/adapters/runners/vm2/' }, to: { path: npm('vm2') } },
  { from: { path: ['^src/adapters/events/', '^src/adapters/queue/', '^src/adapters/system/'] }, to: to(...core) },
  // The one thing that a log and the API share: an event's bytes.
  { from: { path: '^src/adapters/' }, to: to('^src/adapters/event-frame\\.ts$') },
  { from: { path: '^src/adapters/event-frame\\.ts$' }, to: to('^src/domain/') },
  { from: { path: '^src/adapters/metrics/' }, to: to(...core, '^src/adapters/metrics/') },
  { from: { path: '^src/adapters/secrets/' }, to: to(...core, '^src/adapters/secrets/') },
  { from: { path: '^src/adapters/' }, to: { dependencyTypes: ['core'] } },
  { from: { path: '^src/ui/' }, to: to('^src/ui/') },
  { from: { path: '^src/ui/' }, to: { path: '^src/adapters/http/contract/', dependencyTypes: ['type-only'] } },
  {
    from: { path: '^src/ui/' },
    to: {
      path: [
        ...['lit', 'lucide', 'anser', '@tanstack/lit-virtual', '@tanstack/virtual-core'].map(npm),
        npm('@codemirror/[a-z-]+'),
        npm('@lezer/highlight'),
      ],
    },
  },
  { from: { path: '^src/ui/vite\\.config\\.js$' }, to: { dependencyTypes: ['core'] } },
  { from: { path: '^src/composition/' }, to: to(...core, '^src/adapters/', '^src/composition/') },
  { from: { path: '^src/composition/' }, to: { dependencyTypes: ['core'] } },
  {
    from: { path: '^src/composition/' },
    to: { path: [npm('tsyringe'), npm('reflect-metadata'), npm('zod'), npm('pino')] },
  },
  {
    from: { path: '^src/(main|index|testing|hash-password|rotate-secrets)\\.ts$' },
    to: to(...core, '^src/composition/', '^src/adapters/'),
  },
  { from: { path: '^src/(main|hash-password|rotate-secrets)\\.ts$' }, to: { dependencyTypes: ['core'] } },
];

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      // The table of screens loads each when it is shown, and screens link to each other through the table.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '^src/(main|index|testing|hash-password|rotate-secrets|core-globals\\.d)\\.ts$',
          'sandbox-child\\.ts$',
          '^src/ui/(app/start\\.ts|vite\\.config\\.js|platform/.*|format/.*)$',
        ],
      },
      to: {},
    },
  ],
  allowed,
  allowedSeverity: 'error',
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
