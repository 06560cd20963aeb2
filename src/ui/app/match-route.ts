import type { Route } from './routes.js';

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** @param path below the console, without slash at its beginning or end; null where there is no screen */
export const matchRoute = (routes: readonly Route[], path: string): Match | null => {
  const segments = path.split('/');
  for (const route of routes) {
    const params = fit(route.pattern.split('/'), segments);
    if (params) return { route, params };
  }
  return null;
};

const fit = (pattern: readonly string[], segments: readonly string[]): Record<string, string> | null => {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== segment) return null;
    } else if (segment === '') return null;
    else params[part.slice(1)] = decode(segment);
  }
  return params;
};

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a stray % is no reason to show nothing
  }
};
