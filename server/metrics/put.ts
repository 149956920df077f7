/** Metrics that are read from the parts of the service when the page is made. */
import type { Counter, Gauge, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;
export type Series = readonly (readonly [labels: Labels, value: number])[];

/** Registers a metric by what reads it; with names of labels, all its series. */
export type Put = {
  (name: string, help: string, read: () => number): void;
  (name: string, help: string, read: () => Series, ...labelNames: readonly string[]): void;
};

/**
 * What several metrics of a page are made of, read once for all of them: a page asks every metric
 * at once before it waits for any.
 */
export function oncePerPage<T>(read: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    if (known) return known.value;
    known = { value: read() };
    queueMicrotask(() => {
      known = undefined;
    });
    return known.value;
  };
}

export const putInto =
  (registry: Registry, Kind: typeof Gauge | typeof Counter): Put =>
  (name: string, help: string, read: () => number | Series, ...labelNames: readonly string[]) => {
    new Kind({
      ...{ name, help, labelNames, registers: [registry] },
      collect() {
        this.reset();
        const values = read();
        if (typeof values === 'number') this.inc(values);
        else for (const [labels, value] of values) this.inc(labels, value);
      },
    });
  };
