/** A sample's labels as `name="value",…` in the order of their names; '' without any. */
export type Samples = ReadonlyMap<string, number>;

export interface Scrape {
  readonly types: ReadonlyMap<string, string>;
  /** The value of one series. @throws when there is none */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
  has(name: string, labels?: Readonly<Record<string, string>>): boolean;
  /** All series of a name. */
  series(name: string): Samples;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);
const NUMBER = /^(?:NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/**
 * Reads Prometheus' text format 0.0.4 as a strict reader does.
 * @throws naming the line that is wrong: no such syntax, a family in pieces or without HELP and TYPE, a series twice, buckets that do not add up
 */
export const parseExposition = (text: string): Scrape => {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const series = new Map<string, Map<string, number>>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP (\S+) \S.*$/.exec(line);
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    const sample = SAMPLE.exec(line);
    if (help) {
      family = help[1]!;
      if (types.has(family)) throw new Error(`a second ${line}`);
      types.set(family, '');
    } else if (type) {
      if (type[1] !== family || types.get(family) !== '') throw new Error(`TYPE does not follow its HELP: ${line}`);
      types.set(family, type[2]!);
    } else if (sample) {
      const [, name = '', labels = '', value = ''] = sample;
      if (familyOf(name, types.get(family)) !== family) throw new Error(`outside its family: ${line}`);
      if (!NUMBER.test(value)) throw new Error(`no number: ${line}`);
      const samples = series.get(name) ?? new Map<string, number>();
      series.set(name, samples);
      const key = sorted(labels);
      if (samples.has(key)) throw new Error(`a series twice: ${line}`);
      samples.set(key, Number(value.replace('Inf', 'Infinity')));
    } else throw new Error(`no line of the format: ${line}`);
  }
  for (const [name, type] of types) requireSound(name, type, series);
  const find = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    series.get(name)?.get(
      sorted(
        Object.entries(labels)
          .map(([label, value]) => `${label}="${value}"`)
          .join(','),
      ),
    );
  return {
    types,
    has: (name, labels) => find(name, labels) !== undefined,
    series: (name) => series.get(name) ?? new Map(),
    value: (name, labels) => {
      const value = find(name, labels);
      if (value === undefined) throw new Error(`there is no ${name} with ${JSON.stringify(labels ?? {})}`);
      return value;
    },
  };
};

const familyOf = (name: string, type: string | undefined): string =>
  type === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;

const sorted = (labels: string): string => (labels.match(new RegExp(LABEL, 'g')) ?? []).sort().join(',');

const requireSound = (name: string, type: string, series: ReadonlyMap<string, Samples>): void => {
  if (type === '') throw new Error(`${name} has no TYPE`);
  if (type === 'counter') {
    if (!name.endsWith('_total')) throw new Error(`the counter ${name} does not end in _total`);
    for (const value of series.get(name)?.values() ?? []) if (!(value >= 0)) throw new Error(`${name} is ${value}`);
  }
  if (type !== 'histogram') return;
  const buckets = new Map<string, [bound: number, count: number][]>();
  for (const [labels, count] of series.get(`${name}_bucket`) ?? []) {
    const bound = /(?:^|,)le="([^"]*)"/.exec(labels)?.[1];
    if (bound === undefined) throw new Error(`a bucket of ${name} without le`);
    const rest = sorted(labels.replace(/(^|,)le="[^"]*"/, ''));
    buckets.set(rest, [...(buckets.get(rest) ?? []), [Number(bound.replace('Inf', 'Infinity')), count]]);
  }
  for (const [labels, list] of buckets) {
    const [bounds, counts] = [list.map(([bound]) => bound), list.map(([, count]) => count)];
    const rises = (values: number[], strictly: boolean) =>
      values.every((value, n) => n === 0 || value > values[n - 1]! || (!strictly && value === values[n - 1]));
    if (!rises(bounds, true) || !rises(counts, false)) throw new Error(`the buckets of ${name}{${labels}} do not rise`);
    if (bounds.at(-1) !== Infinity) throw new Error(`${name}{${labels}} has no bucket +Inf`);
    if (counts.at(-1) !== series.get(`${name}_count`)?.get(labels)) throw new Error(`${name}{${labels}} miscounts`);
    if (!series.get(`${name}_sum`)?.has(labels)) throw new Error(`${name}{${labels}} has no sum`);
  }
};
