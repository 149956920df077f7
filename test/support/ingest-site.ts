/** A model of a few cells for tests of the ingest: what was written, and where series lead. */
import type { Binding, CellWriter } from '../../server/ingest/binding.ts';
import type { Labels, PageSource } from '../../server/ingest/contract.ts';
import { Ingest, type IngestOptions } from '../../server/ingest/ingest.ts';
import { SIGNAL_INDEX } from '../../twin/index.ts';

export const NOW_MS = 1_760_000_000_000;

interface Cell {
  value: number;
  atMs: number;
  isStale: boolean;
}

export interface IngestSite {
  readonly ingest: Ingest;
  /** By cell number. */
  readonly cells: Map<number, Cell>;
  /** Each call of `bind`, in order. */
  readonly bound: { name: string; labels: Labels; source: PageSource }[];
  readonly late: { cell: number; value: number; atMs: number }[];
  readonly clock: { nowMs: number; now(): number };
  /** The cell to which the series with these labels was bound. */
  cellOf(name: string, labels?: Labels): Cell | undefined;
}

type Options = Partial<IngestOptions> & {
  /** What differs from a plain gauge in watts; null: no entity. */
  readonly binding?: (name: string, labels: Labels) => Partial<Binding> | null;
};

const WATTS: Binding = {
  entity: 0,
  cell: 0,
  signal: SIGNAL_INDEX.get('powerW') ?? 0,
  scale: 1,
  offset: 0,
  mode: 'gauge',
  shed: 'operational',
  min: 0,
  max: 1e12,
  staleAfterS: 90,
};

/** An ingest whose every new label set gets the next cell, unless `binding` says another. */
export function newIngestSite({ binding, ...options }: Options = {}): IngestSite {
  const cells = new Map<number, Cell>();
  const bound: IngestSite['bound'] = [];
  const late: IngestSite['late'] = [];
  const numbers = new Map<string, number>();
  const clock = { nowMs: NOW_MS, now: () => clock.nowMs };
  const ingest = new Ingest({
    bind: (name, labels, source) => {
      bound.push({ name, labels, source });
      const special = binding?.(name, labels);
      if (special === null) return null;
      const key = textOf(name, labels);
      if (!numbers.has(key)) numbers.set(key, numbers.size);
      const cell = numbers.get(key) ?? -1;
      return { ...WATTS, entity: cell + 1000, cell, ...special };
    },
    writer: writerTo(cells),
    clock,
    onLate: (cell, _entity, value, atMs) => late.push({ cell, value, atMs }),
    seed: 7,
    ...options,
  });
  const cellOf = (name: string, labels: Labels = {}) =>
    cells.get(numbers.get(textOf(name, labels)) ?? -1);
  return { ingest, cells, bound, late, clock, cellOf };
}

const textOf = (name: string, labels: Labels) =>
  JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);

function writerTo(cells: Map<number, Cell>): CellWriter {
  return {
    write: (cell, _entity, value, atMs) => {
      cells.set(cell, { value, atMs, isStale: false });
    },
    markStale: cell => {
      const known = cells.get(cell);
      if (known) known.isStale = true;
    },
    timeAt: cell => cells.get(cell)?.atMs ?? Number.NaN,
    valueAt: cell => cells.get(cell)?.value ?? Number.NaN,
  };
}

export const PAGE_SOURCE: PageSource = { id: 'page', labels: {} };

/** Sum of all that a sample can become, from named counts. */
export const sum = (counts: Readonly<Record<string, number>>, names: readonly string[]) =>
  names.reduce((total, name) => total + (counts[name] ?? 0), 0);

const QUERY: PageSource = { id: 'query', labels: {} };

/** One sample of a bare metric at a time from now, in seconds. */
export function give({ ingest }: IngestSite, value: number, offsetS = 0, name = 'w'): void {
  ingest.sample(QUERY, { __name__: name }, value, NOW_MS + offsetS * 1000);
}

/** What the samples given since became. */
export function since(site: IngestSite, work: () => void): Record<string, number> {
  const before = site.ingest.counts();
  work();
  return Object.fromEntries(
    Object.entries(site.ingest.counts())
      .map(([reason, count]) => [reason, count - (before[reason] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}
