// Another program that has the database open: hold-database.js FILE write|read MS
import Libsql from 'libsql';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , file, mode, ms] = process.argv;
const database = new Libsql(file, { timeout: 5000 });
database.exec(mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN');
if (mode === 'read') database.prepare('SELECT count(*) FROM script_runs').all();
await sleep(Number(ms));
database.exec('ROLLBACK');
database.close();
