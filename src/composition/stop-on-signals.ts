import { ignoreSignals } from '../adapters/runners/process/ignore-signals.js';

/** What asks a process to end: by hand, from a terminal that is closed, at a limit of processor time, or when the power fails. */
export const STOPPING_SIGNALS: readonly NodeJS.Signals[] = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGXCPU',
  'SIGPWR',
];
/** What programs give a meaning of their own, and what would end one that gives it none. */
const IGNORED: readonly NodeJS.Signals[] = ['SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGIO'];
/** Ctrl-C under `npm start` comes twice: from the terminal, and once more from npm. Within this it is one press. */
const ONE_PRESS_MS = 300;
/** How often a server looks whether the npm that started it is still there. */
const PARENT_MS = 500;

export interface Stoppable {
  /** Called by the first signal, or by the end of npm. @param message for a person */
  readonly stop: (message: string) => void;
  /** Called by a second signal. */
  readonly stopNow: () => void;
  /** Called by a third. */
  readonly exit: () => void;
}

/** For the time before there is anything to stop. */
export const ignoreOtherSignals = (): void => ignoreSignals(IGNORED);

/** Stops the server on these signals, and when the npm that started it has ended. */
export const stopOnSignals = (names: readonly NodeJS.Signals[], { stop, stopNow, exit }: Stoppable): void => {
  let count = 0;
  let last: { name: string; at: number } | null = null;
  const receive = (name: NodeJS.Signals): void => {
    const at = performance.now();
    const isEcho = last !== null && at - last.at < ONE_PRESS_MS && isOneRequest(name, last.name);
    last = { name, at };
    if (isEcho) return;
    count++;
    if (count === 1) stop(`Received ${name}: waiting for running scripts. Send it again to stop them now.`);
    else if (count === 2) stopNow();
    else exit();
  };
  for (const name of names) process.on(name, receive);
  if (process.env.npm_command === undefined) return;
  whenParentIsGone(() => {
    if (count++ === 0) stop('npm has ended: waiting for running scripts. Send SIGTERM to stop them now.');
  });
};

/** systemd and shells send HUP along with others, and the kernel delivers them in any order. */
const isOneRequest = (one: string, other: string): boolean => one === other || [one, other].includes('SIGHUP');

/**
 * npm passes on SIGTERM and SIGINT only, and npx passes them to a shell that ends of them and passes them on to nobody. The end of the parent
 * stands for the signal then.
 */
const whenParentIsGone = (act: () => void): void => {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, PARENT_MS);
  timer.unref();
};
