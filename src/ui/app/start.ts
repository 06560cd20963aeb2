import { showTheme } from './theme.js';
import './app-shell.js';

showTheme();
document.body.append(document.createElement('app-shell'));
