/** Prometheus' text format 0.0.4, as far as we need it: counters, gauges, histograms. */

export type Labels = Readonly<Record<string, string>>;

interface Family {
  /** The samples, a line each, without a line end. */
  lines(): Iterable<string>;
}

/** Everything that a scrape answers, in the order in which it was registered. */
export class Exposition {
  readonly #families: string[] = [];
  readonly #sources: Family[] = [];

  counter(name: string, help: string): Counter {
    return this.#add(name, 'counter', help, new Counter(name));
  }

  /** @param bounds upper bounds of the buckets, ascending, without infinity */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    return this.#add(name, 'histogram', help, new Histogram(name, bounds));
  }

  /** @param read is asked at each scrape; null when there is nothing to tell */
  gauge(name: string, help: string, read: () => number | null, labels: Labels = {}): void {
    this.#add(name, 'gauge', help, new Read(name, read, labels));
  }

  /** A counter that somebody else counts. */
  countedElsewhere(name: string, help: string, read: () => number): void {
    this.#add(name, 'counter', help, new Read(name, read, {}));
  }

  text(): string {
    const parts = this.#sources.map((source, n) => [this.#families[n], ...source.lines()].join('\n'));
    return `${parts.join('\n')}\n`;
  }

  #add<T extends Family>(name: string, type: string, help: string, source: T): T {
    this.#families.push(`# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${name} ${type}`);
    this.#sources.push(source);
    return source;
  }
}

export class Counter implements Family {
  readonly #name: string;
  readonly #values = new Map<string, number>();

  constructor(name: string) {
    this.#name = name;
  }

  add(value = 1, labels: Labels = {}): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + value);
  }

  *lines(): Iterable<string> {
    for (const [labels, value] of this.#values) yield `${this.#name}${inBraces(labels)} ${value}`;
  }
}

export class Histogram implements Family {
  readonly #name: string;
  readonly #bounds: readonly number[];
  /** By labels: how many were in each bucket alone, the last without a bound, and their sum. */
  readonly #series = new Map<string, { counts: number[]; sum: number }>();

  constructor(name: string, bounds: readonly number[]) {
    this.#name = name;
    this.#bounds = bounds;
  }

  observe(value: number, labels: Labels = {}): void {
    this.observer(labels)(value);
  }

  /** For what is observed often: the labels are made into text once. The series is there from its first value on. */
  observer(labels: Labels): (value: number) => void {
    const key = labelText(labels);
    return (value) => {
      let series = this.#series.get(key);
      if (!series) this.#series.set(key, (series = { counts: [0, ...this.#bounds.map(() => 0)], sum: 0 }));
      const bucket = this.#bounds.findIndex((bound) => value <= bound);
      const index = bucket === -1 ? this.#bounds.length : bucket;
      series.counts[index] = (series.counts[index] ?? 0) + 1;
      series.sum += value;
    };
  }

  *lines(): Iterable<string> {
    for (const [labels, { counts, sum }] of this.#series) {
      let count = 0;
      for (const [index, inBucket] of counts.entries()) {
        count += inBucket;
        const le = `le="${this.#bounds[index] ?? '+Inf'}"`;
        yield `${this.#name}_bucket{${labels === '' ? le : `${labels},${le}`}} ${count}`;
      }
      yield `${this.#name}_sum${inBraces(labels)} ${sum}`;
      yield `${this.#name}_count${inBraces(labels)} ${count}`;
    }
  }
}

class Read implements Family {
  readonly #name: string;
  readonly #read: () => number | null;
  readonly #labels: string;

  constructor(name: string, read: () => number | null, labels: Labels) {
    this.#name = name;
    this.#read = read;
    this.#labels = labelText(labels);
  }

  *lines(): Iterable<string> {
    const value = this.#read();
    if (value !== null) yield `${this.#name}${inBraces(this.#labels)} ${value}`;
  }
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`)
    .join(',');

const inBraces = (labels: string): string => (labels === '' ? '' : `{${labels}}`);
