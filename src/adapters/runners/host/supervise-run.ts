import { setTimeout as pause } from 'node:timers/promises';
import type { RunWatch } from '../../../application/ports/script-runner.js';
import type { RunOutcome } from '../../../domain/run/run-outcome.js';
import type { Leftover } from '../../../domain/run/script-run.js';
import type { OutputReader } from '../process/output/output-reader.js';
import { anyAborted, within } from '../process/waiting.js';
import { type Ended, toLeftover } from './containment/containment.js';
import type { RunningScript } from './launch.js';
import type { ProcessEnd } from './spawn/starter.js';

/** How long what a script leaves behind may keep its output open before the run ends without it. */
const HOLDING_MS = 2000;
/** A process that ends closes its output some moments before it is gone. */
const DYING_MS = 50;
/** How long the end of a process that is gone may take to be told. */
const TELLING_MS = 1000;

const MAY_HAVE_SURVIVED = 'a process that removed every marker of the run may have survived';
const UNKNOWN_END = 'how the script ended is not known: the process that starts scripts has died or does not answer';
const NOBODY: Ended = { found: [], signalled: null };

export interface Supervision {
  /** Between TERM and KILL. */
  readonly killGraceMs: number;
  /** Gets the output that is drained after the run. */
  readonly drained: (output: OutputReader) => void;
}

/** Hands over a script's output until it has ended, or ends it when told to; resolves when nothing of it is left to end. */
export const superviseRun = async (
  script: RunningScript,
  watch: RunWatch,
  { killGraceMs, drained }: Supervision,
): Promise<RunOutcome> => {
  const output = script.read((...piece) => watch.output(...piece));
  void output.ended.then(() => script.outputClosed());
  const told = (): boolean => watch.terminate.aborted || watch.kill.aborted;
  const toldToEnd = anyAborted(watch.terminate, watch.kill);

  await Promise.race([script.process.ended, toldToEnd]);
  if (!told()) await within(HOLDING_MS, Promise.race([output.ended, toldToEnd]));
  const isHeld = output.isOpen() && !told();
  if (isHeld) {
    drained(output);
    await Promise.race([output.drain(), toldToEnd]);
  }
  const left = told() ? await endAll(script, watch, killGraceMs) : await leave(script, watch, isHeld);
  if (told()) {
    output.giveUp();
    await output.ended;
  }
  const end = await endOf(script, left.found);
  const whyNot = script.whyNotBegun(end ?? UNKNOWN);
  if (whyNot !== null && !told()) return { kind: 'not-started', reason: whyNot.reason, message: whyNot.message };
  return {
    kind: 'exited',
    ...(end ?? UNKNOWN),
    leftovers: left.found,
    ...(left.signalled && { signalled: left.signalled }),
    ...(end === undefined && { message: UNKNOWN_END }),
  };
};

const endAll = async ({ containment }: RunningScript, watch: RunWatch, graceMs: number): Promise<Ended> => {
  const { found, signalled } = await containment.end({
    ms: graceMs,
    kill: watch.kill,
    phase: (phase) => watch.phase(phase),
  });
  const stuck = found.filter(({ ended }) => !ended);
  if (stuck.length > 0) watch.note(`could not be ended: ${list(stuck)}`);
  if (signalled?.survivors === 'possible') watch.note(MAY_HAVE_SURVIVED);
  return { found: stuck, signalled };
};

/** What a script that ended by itself meant to leave running stays. @param isHeld whether somebody has its output open */
const leave = async ({ containment }: RunningScript, watch: RunWatch, isHeld: boolean): Promise<Ended> => {
  if (!isHeld && (await containment.isEmpty())) return NOBODY;
  let members = await containment.members();
  if (members.length > 0 && !isHeld) {
    await pause(DYING_MS);
    members = await containment.members();
  }
  const found = members.map((member) => toLeftover(member, false));
  if (found.length > 0) watch.note(`left running, as the script has ended by itself: ${list(found)}`);
  if (isHeld) watch.note(NOT_KEPT);
  return { found, signalled: null };
};

const NOT_KEPT = `what is printed from now on is not kept: the output is still open ${HOLDING_MS / 1000} s after the script's end`;

/** Undefined when nobody tells. @param found what is left of the run */
const endOf = async ({ process }: RunningScript, found: readonly Leftover[]): Promise<ProcessEnd | undefined> => {
  const isStuck = found.some(({ pid, ended }) => pid === process.pid && !ended);
  if (isStuck) return UNKNOWN; // it is named among the leftovers
  let end: ProcessEnd | undefined;
  await within(
    TELLING_MS,
    process.ended.then((told) => (end = told)),
  );
  const isKnown = end !== undefined && (end.exitCode !== null || end.signal !== null);
  return isKnown ? end : undefined;
};

const UNKNOWN: ProcessEnd = { exitCode: null, signal: null };

const list = (leftovers: readonly Leftover[]): string => {
  const named = leftovers.slice(0, 10).map(({ pid, command }) => `${command} (pid ${pid})`);
  return named.join(', ') + (leftovers.length > named.length ? ` and ${leftovers.length - named.length} more` : '');
};
