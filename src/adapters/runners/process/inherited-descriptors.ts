import { closeSync, readFileSync, readdirSync } from 'node:fs';

/**
 * Descriptors above 2 that this process hands on to every program it starts. Node opens its own so that they are closed then; these are of
 * whoever started the process. Empty where there is no Linux /proc.
 */
export const inheritedDescriptors = (): number[] => {
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((fd) => fd > 2 && isHandedOn(fd));
  } catch {
    return [];
  }
};

/** For a program of our own that is started with nothing but 0–2 to keep. */
export const closeInheritedDescriptors = (): void => {
  for (const fd of inheritedDescriptors()) closeSync(fd);
};

export type CommandWords = readonly [file: string, ...args: string[]];

/**
 * The same command, which gets no descriptor that this process hands on: bash closes those above `last` before it becomes the program, with an
 * empty environment. Unchanged where there are none.
 * @param bash its path; without it the command is unchanged too
 */
export const withoutInherited = (command: CommandWords, last: number, bash: string | undefined): CommandWords => {
  if (bash === undefined || !inheritedDescriptors().some((fd) => fd > last)) return command;
  const close = `for f in /dev/fd/*; do f=\${f##*/}; [ "$f" -le ${last} ] || eval "exec $f>&-"; done`;
  return [bash, '--norc', '--noprofile', '-c', `${close}; exec -c "$@"`, 'bash', ...command];
};

const isHandedOn = (fd: number): boolean => {
  try {
    const [, flags = ''] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? [];
    return (parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    return false; // it was the one that listed them
  }
};

const O_CLOEXEC = 0o2000000;
