import { describeAuditRepository } from '../../../contracts/audit-repository.contract.js';
import { describeAuditedChanges } from '../../../contracts/audited-changes.contract.js';
import { describeKeyedStartRepository } from '../../../contracts/keyed-start-repository.contract.js';
import { describeRunLog } from '../../../contracts/run-log.contract.js';
import { describeRunRepository } from '../../../contracts/run-repository.contract.js';
import { describeScriptRepository } from '../../../contracts/script-repository.contract.js';
import { describeScriptRevisionRepository } from '../../../contracts/script-revision-repository.contract.js';
import { describeSealedValueRepository } from '../../../contracts/sealed-value-repository.contract.js';
import { describeTrimming } from '../../../contracts/trimming.contract.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { openFreshMongoStore } from '../../../support/mongo/fresh-mongo-store.js';

await describeWithMongo('what every store owes', (mongo) => {
  const open = () => openFreshMongoStore(mongo);
  const volume = 0.1;
  describeScriptRepository('MongoDB', open, { volume });
  describeScriptRevisionRepository('MongoDB', open, { volume });
  describeSealedValueRepository('MongoDB', open);
  describeRunRepository('MongoDB', open, { volume });
  describeKeyedStartRepository('MongoDB', open, { volume });
  describeAuditRepository('MongoDB', open, { volume });
  describeAuditedChanges('MongoDB', open, { volume });
  describeRunLog('MongoDB', open, { volume });
  describeTrimming('MongoDB', open, { volume });
});
