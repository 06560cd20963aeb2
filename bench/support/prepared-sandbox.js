import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('../bare-prepared-sandbox.js', import.meta.url));
/** What a bare sandbox is told to run. */
export const BODY = "print('hi\\n')";

export const makePrepared = () => spawn(process.execPath, [CHILD], { stdio: ['pipe', 'pipe', 'inherit'] });
