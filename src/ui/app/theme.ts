import { readSetting, writeSetting } from '../platform/settings-storage.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'theme';

export const chosenTheme = (): Theme => THEMES.find((theme) => theme === readSetting(KEY)) ?? 'system';

/** Shows the page in a theme and keeps the choice for this browser. */
export const chooseTheme = (theme: Theme): void => {
  writeSetting(KEY, theme);
  showTheme(theme);
};

/** The attribute is what tokens.css goes by; without it, the system decides. */
export const showTheme = (theme: Theme = chosenTheme()): void => {
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.setAttribute('data-theme', theme);
};
