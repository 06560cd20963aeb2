import { keepForTab, readForTab } from '../platform/settings-storage.js';
import { CONSOLE, pageAddress } from './addresses.js';
import { type Match, matchRoute } from './match-route.js';
import type { PageLocation } from './page.js';
import { ROUTES } from './routes.js';

/** Where the console is now. */
export interface Place extends PageLocation {
  /** null where there is no screen */
  readonly match: Match | null;
  /** Below the console, with its query. */
  readonly path: string;
  /** Where the window was scrolled to when it was here last, px; 0 for an address that is reached anew. */
  readonly scrollTop: number;
}

/** A screen as it was left. */
type Left = Pick<Place, 'path' | 'scrollTop' | 'kept'>;
type Guard = (next: Place) => Promise<boolean>;
type Show = (place: Place) => void;

/** Addresses of the console over the History API. One for the page. */
class Router {
  /** Asked before another screen is shown. */
  guard: Guard = async () => true;
  /** Asked what the present screen wants to have when it is come back to. */
  keep: () => unknown = () => undefined;
  #show: Show = () => undefined;
  #position = 0;
  /** Of the present screen: when the browser goes back the address is another one already. */
  #path = '';
  #returning = false;
  /** By position. */
  #left = new Map<number, Left>();

  /** Shows the present address, and from now on every one that is reached. @returns stops that */
  start(show: Show): () => void {
    this.#show = show;
    this.#position = positionOf(history.state);
    this.#left = readLeft();
    if (history.state === null) this.#left.delete(this.#position); // an address that was typed
    history.replaceState({ position: this.#position }, '');
    history.scrollRestoration = 'manual'; // a screen has its height only when it has read what it shows
    const onPop = (event: PopStateEvent): void => void this.#pop(event);
    const onClick = (event: MouseEvent): void => this.#click(event);
    const onHide = (): void => {
      this.#leave();
      keepForTab(LEFT, JSON.stringify([...this.#left]));
    };
    window.addEventListener('popstate', onPop);
    window.addEventListener('pagehide', onHide);
    document.addEventListener('click', onClick);
    this.#enter();
    return () => {
      window.removeEventListener('popstate', onPop);
      window.removeEventListener('pagehide', onHide);
      document.removeEventListener('click', onClick);
    };
  }

  /** @param path below the console, from `to` of routes.ts; resolves to false when the present screen is not to be left */
  async go(path: string, { replace = false } = {}): Promise<boolean> {
    const address = pageAddress(path);
    if (!(await this.guard(placeOf(new URL(address, location.href))))) return false;
    this.#leave();
    if (replace) history.replaceState({ position: this.#position }, '', address);
    else history.pushState({ position: ++this.#position }, '', address);
    for (const position of this.#left.keys()) if (position >= this.#position) this.#left.delete(position);
    this.#enter();
    return true;
  }

  /** Changes the address without asking or showing anything: filters that the screen itself already shows. */
  note(path: string): void {
    history.replaceState({ position: this.#position }, '', pageAddress(path));
    this.#path = currentPlace().path;
  }

  async #pop({ state }: PopStateEvent): Promise<void> {
    const position = positionOf(state);
    const steps = position - this.#position;
    if (this.#returning) {
      this.#returning = false;
      this.#position = position;
      return;
    }
    if (!(await this.guard(currentPlace()))) {
      this.#returning = steps !== 0;
      if (steps !== 0) history.go(-steps);
      this.#position = position;
      return;
    }
    this.#leave();
    this.#position = position;
    this.#enter();
  }

  #enter(): void {
    const place = currentPlace();
    const left = this.#left.get(this.#position);
    this.#path = place.path;
    this.#show(left?.path === place.path ? { ...place, ...left } : place);
  }

  #leave(): void {
    this.#left.set(this.#position, { path: this.#path, scrollTop: window.scrollY, kept: this.keep() });
  }

  #click(event: MouseEvent): void {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.composedPath().find((target) => target instanceof HTMLAnchorElement);
    if (link?.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
    const path = pathBelow(link);
    if (path === null) return;
    event.preventDefault();
    void this.go(path + link.search + link.hash);
  }
}

/** A page that is loaded anew finds there how its screens were left. */
const LEFT = 'left';

const readLeft = (): Map<number, Left> => {
  try {
    return new Map(JSON.parse(readForTab(LEFT) ?? '[]') as [number, Left][]);
  } catch {
    return new Map(); // another version of the console has kept it
  }
};

export const router = new Router();

/** @returns false when the present screen is not to be left */
export const navigate = (path: string, options?: { replace?: boolean }): Promise<boolean> => router.go(path, options);

const currentPlace = (): Place => placeOf(location);

const placeOf = (url: URL | Location): Place => {
  const path = pathBelow(url) ?? '';
  const match = matchRoute(ROUTES, path);
  return {
    match,
    params: match?.params ?? {},
    query: new URLSearchParams(url.search),
    hash: url.hash.slice(1),
    path: path + url.search,
    scrollTop: 0,
  };
};

/** What follows the console's own address; null for what is not below it. */
const pathBelow = ({ pathname }: { pathname: string }): string | null => {
  const base = CONSOLE.pathname.slice(0, -1);
  if (pathname !== base && !pathname.startsWith(`${base}/`)) return null;
  return pathname.slice(base.length + 1).replace(/\/$/, '');
};

const positionOf = (state: unknown): number =>
  typeof state === 'object' && state !== null && 'position' in state && typeof state.position === 'number'
    ? state.position
    : 0;
