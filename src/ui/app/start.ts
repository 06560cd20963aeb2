import { showTheme } from './theme.js';
import './app-shell.js';

showTheme();
