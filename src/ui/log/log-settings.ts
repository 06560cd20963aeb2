import { readSetting, writeSetting } from '../platform/settings-storage.js';
import type { Times } from './row-view.js';

/** How this reader likes logs. */
export interface LogSettings {
  readonly wrap: boolean;
  readonly times: Times;
}

export const TIMES: readonly Times[] = ['off', 'absolute', 'relative'];

export const readLogSettings = (): LogSettings => ({
  wrap: readSetting('log.wrap') !== 'off',
  times: TIMES.find((times) => times === readSetting('log.times')) ?? 'off',
});

export const keepLogSettings = ({ wrap, times }: LogSettings): void => {
  writeSetting('log.wrap', wrap ? 'on' : 'off');
  writeSetting('log.times', times);
};
