/*
 * What an admin chose, for this browser. Where storage is refused (private windows, blocked site data) it lasts as long as the page.
 */
const PREFIX = 'runlet.';
const here = new Map<string, string>();

export const readSetting = (name: string): string | null => {
  try {
    return localStorage.getItem(PREFIX + name) ?? here.get(name) ?? null;
  } catch {
    return here.get(name) ?? null;
  }
};

/** @returns whether it outlives the page */
export const writeSetting = (name: string, value: string): boolean => {
  here.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, value);
    return true;
  } catch {
    return false;
  }
};

export const removeSetting = (name: string): void => {
  here.delete(name);
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // nothing was kept there
  }
};

/** For this tab, until it is closed, also when the page is loaded anew. What does not fit is not kept. */
export const keepForTab = (name: string, value: string): void => {
  try {
    sessionStorage.setItem(PREFIX + name, value);
  } catch {
    // it is a convenience
  }
};

export const readForTab = (name: string): string | null => {
  try {
    return sessionStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
};
