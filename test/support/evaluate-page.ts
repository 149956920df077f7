/** What a page makes of a topology, worked out the plain way: the reference for mappings' rows. */
import type { BoundRow, Join } from '../../server/identity/join.ts';
import type { Labels, PageSource } from '../../server/ingest/contract.ts';
import { createQuotients } from '../../server/ingest/quotient.ts';
import { rowValue } from '../../server/ingest/row-value.ts';
import { SIGNALS } from '../../twin/index.ts';

export interface PageSample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g;

/** Samples of a well-formed text page. */
export function samplesOf(page: string): PageSample[] {
  return page.split('\n').flatMap(line => {
    const parts = line.match(LINE);
    if (!parts || line.startsWith('#')) return [];
    const labels = Object.fromEntries(
      [...(parts[2] ?? '').matchAll(LABEL)].map(([, name, value]) => [name, value]),
    );
    return [{ name: parts[1], labels, value: Number(parts[3].replace('Inf', 'Infinity')) }];
  });
}

export interface Evaluation {
  /** `entity id` to `signal` to value (or text). */
  readonly values: Map<string, Record<string, number | string>>;
  readonly counts: Record<'bound' | 'unmatched' | 'ignored' | 'unmapped', number>;
  readonly unmatched: string[];
  readonly unmapped: string[];
}

const BLANK_FROM = 9e18;

/** Two scrapes `stepS` apart; rates need both. */
export function evaluate(
  join: Join,
  source: PageSource,
  [pages, stepS]: [readonly (readonly PageSample[])[], number],
): Evaluation {
  const counts = { bound: 0, unmatched: 0, ignored: 0, unmapped: 0 };
  const unmatched: string[] = [];
  const unmapped = new Set<string>();
  const sides = new Map<string, { bound: BoundRow; values: number[] }>();
  const values = new Map<string, Record<string, number | string>>();
  const set = (entity: number, signal: number, value: number | string) => {
    const id = join.topology.ids[entity];
    values.set(id, { ...values.get(id), [SIGNALS[signal].id]: value });
  };
  const before = pages.length > 1 ? pages[0] : [];
  for (const { name, labels, value } of pages[pages.length - 1]) {
    const result = join.bind(name, labels, source);
    counts[result.kind]++;
    if (result.kind === 'unmapped') unmapped.add(name);
    if (result.kind === 'unmatched') unmatched.push(`${name}: ${result.missed[0].detail}`);
    if (result.kind !== 'bound') continue;
    for (const bound of result.rows) {
      if (bound.text !== undefined) set(bound.entity, bound.signal, bound.text);
      else if (value < BLANK_FROM && !Number.isNaN(value)) {
        const earlier = before.find(
          other => other.name === name && JSON.stringify(other.labels) === JSON.stringify(labels),
        );
        collect(sides, bound, inMode(bound, [value, earlier?.value], stepS));
      }
    }
  }
  finish(sides, set);
  return { values, counts, unmatched, unmapped: [...unmapped] };
}

function inMode(
  bound: BoundRow,
  [raw, earlier]: [number, number | undefined],
  stepS: number,
): number | undefined {
  const value = rowValue(bound.row, bound.fixed, raw);
  if (bound.row.mode === undefined || bound.row.mode === 'gauge') return value;
  if (value === undefined || earlier === undefined) return undefined;
  return bound.row.mode === 'rate' ? (value - earlier) / stepS : value - earlier;
}

type Sides = Map<string, { bound: BoundRow; values: number[] }>;

function collect(sides: Sides, bound: BoundRow, value: number | undefined) {
  if (value === undefined) return;
  const key = `${bound.rowIndex} ${bound.entity} ${bound.side} ${bound.groupKey}`;
  const side = sides.get(key) ?? { bound, values: [] };
  side.values.push(value);
  sides.set(key, side);
}

function finish(sides: Sides, set: (entity: number, signal: number, value: number) => void) {
  const quotients = createQuotients();
  for (const { bound, values } of sides.values()) {
    const { row, entity, signal } = bound;
    const joined = combined(row.over?.by ? 'sum' : row.combine, values);
    const result = row.over
      ? quotients.put(bound, joined, 0)
      : joined * (row.scale ?? 1) + (row.offset ?? 0);
    const [min, max] = SIGNALS[signal].range;
    if (result !== undefined && result >= min && result <= max) set(entity, signal, result);
  }
}

function combined(combine: string | undefined, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (combine === 'sum') return sum;
  if (combine === 'mean') return sum / values.length;
  if (combine === 'max') return Math.max(...values);
  return combine === 'min' ? Math.min(...values) : values[values.length - 1];
}
