import { WEBKIT } from '../../support/browser/other-browsers.js';
import { describeConsoleIn } from './console.cases.js';

describeConsoleIn(WEBKIT);
