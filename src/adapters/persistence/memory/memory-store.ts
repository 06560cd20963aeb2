import type { Store } from '../../../application/ports/store.js';
import type { Script } from '../../../domain/script/script.js';
import { MemoryAuditRepository } from './memory-audit-repository.js';
import { MemoryKeyedStartRepository } from './memory-keyed-start-repository.js';
import { MemoryRunLog } from './memory-run-log.js';
import { MemoryRunRepository } from './memory-run-repository.js';
import { MemoryScriptRepository } from './memory-script-repository.js';
import { MemoryScriptRevisionRepository, type RevisionsByScript } from './memory-script-revision-repository.js';
import { MemorySealedValueRepository } from './memory-sealed-value-repository.js';

/** A store that lives and dies with the process, for tests: it keeps every promise of the durable ones but the durability. */
export const openMemoryStore = async (): Promise<Store> => {
  const scripts = new Map<string, Script>();
  const revisionsByScript: RevisionsByScript = new Map();
  const revisions = new MemoryScriptRevisionRepository(scripts, revisionsByScript);
  const audit = new MemoryAuditRepository();
  return {
    kind: 'memory',
    scripts: new MemoryScriptRepository({ scripts, revisions, audit }),
    revisions,
    sealedValues: new MemorySealedValueRepository(scripts, revisionsByScript),
    runs: new MemoryRunRepository(audit),
    keyedStarts: new MemoryKeyedStartRepository(),
    audit,
    runLog: new MemoryRunLog(),
    ping: () => Promise.resolve(),
    mend: () => Promise.resolve(),
    examine: () => Promise.resolve({ problems: [], mended: [] }),
    reclaim: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  };
};
