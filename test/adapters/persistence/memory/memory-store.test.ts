import { openMemoryStore } from '../../../../src/adapters/persistence/memory/memory-store.js';
import { describeAuditRepository } from '../../../contracts/audit-repository.contract.js';
import { describeAuditedChanges } from '../../../contracts/audited-changes.contract.js';
import { describeKeyedStartRepository } from '../../../contracts/keyed-start-repository.contract.js';
import { describeRunLog } from '../../../contracts/run-log.contract.js';
import { describeRunRepository } from '../../../contracts/run-repository.contract.js';
import { describeScriptRepository } from '../../../contracts/script-repository.contract.js';
import { describeScriptRevisionRepository } from '../../../contracts/script-revision-repository.contract.js';
import { describeSealedValueRepository } from '../../../contracts/sealed-value-repository.contract.js';
import { describeTrimming } from '../../../contracts/trimming.contract.js';

const open = async () => {
  const store = await openMemoryStore();
  return { store, close: () => store.close() };
};

describeScriptRepository('memory', open);
describeScriptRevisionRepository('memory', open);
describeSealedValueRepository('memory', open);
describeRunRepository('memory', open);
describeKeyedStartRepository('memory', open);
describeAuditRepository('memory', open);
describeAuditedChanges('memory', open);
describeRunLog('memory', open);
describeTrimming('memory', open);
