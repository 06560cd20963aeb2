import { describeStarter } from '../../../../contracts/starter.contract.js';
import { openExecaStarter } from '../host-for-tests.js';

describeStarter('execa', openExecaStarter);
