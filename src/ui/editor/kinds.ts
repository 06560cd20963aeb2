import type { NewScript } from '../api/scripts.js';
import type { IconName } from '../elements/icons.js';
import { KIND_ICON } from '../elements/script-kind.js';

type ScriptType = NewScript['type'];
type Runner = NonNullable<NewScript['runner']>;

/** A type with the runner that runs it, as one choice. */
export interface Kind {
  readonly id: `${ScriptType}/${Runner}`;
  readonly type: ScriptType;
  readonly runner: Runner;
  readonly icon: IconName;
  readonly word: string;
  readonly where: string;
  /** It runs as a process that can do what its user can. */
  readonly onHost: boolean;
  /** What it may do, plainly. */
  readonly may: string;
}

export const KINDS = [
  {
    id: 'bash/host',
    type: 'bash',
    runner: 'host',
    icon: KIND_ICON.bash,
    word: 'Bash',
    where: 'on the server',
    onHost: true,
    may: 'Nothing confines it: it can read, change and delete whatever the user it runs as can, start programs and use the network. It runs as by bash -lc, so the profile of that user is read.',
  },
  {
    id: 'node/host',
    type: 'node',
    runner: 'host',
    icon: KIND_ICON.node,
    word: 'Node',
    where: 'on the server',
    onHost: true,
    may: 'Nothing confines it: it can read, change and delete whatever the user it runs as can, start programs and use the network. It runs as by node -e, with require, the built-in modules and await.',
  },
  {
    id: 'node/vm2',
    type: 'node',
    runner: 'vm2',
    icon: KIND_ICON.vm2,
    word: 'Node',
    where: 'in a sandbox',
    onHost: false,
    may: 'Plain JavaScript in a process of its own: no modules, no timers, no files, no network. The value it returns is kept with the run. The sandbox (vm2) is best effort: run no code in it that you would not trust at all.',
  },
  {
    id: 'browser/browser',
    type: 'browser',
    runner: 'browser',
    icon: KIND_ICON.browser,
    word: 'Browser',
    where: 'in this page',
    onHost: false,
    may: 'It never runs on the server, only in the page of whoever starts it, in a closed frame: no network, no files, no login, no part of this page. It ends when that page is closed.',
  },
] as const satisfies readonly Kind[];

export type KindId = (typeof KINDS)[number]['id'];

/** undefined where the type has no such runner */
export const kindOf = (type: string | null, runner: string | null): KindId | undefined =>
  KINDS.find((kind) => kind.type === type && kind.runner === runner)?.id;

export const findKind = (id: string): Kind | undefined => KINDS.find((kind) => kind.id === id);
