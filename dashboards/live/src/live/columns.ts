/**
 * What the page holds of a subscription: one column per signal over the subscribed entities, filled
 * from frames. A snapshot replaces, a delta patches; ages grow here between frames.
 */
import { type Frame, SIGNAL_INDEX } from '../../../../twin/index.ts';

export interface Column {
  readonly values: Float32Array;
  /** Age when it arrived, and when that was on this page's clock. */
  readonly agesS: Float32Array;
  readonly receivedMs: Float64Array;
  readonly qualities: Uint8Array;
}

export interface Columns {
  readonly slotOf: ReadonlyMap<number, number>;
  readonly count: number;
  readonly bySignal: ReadonlyMap<number, Column>;
}

export interface Reading {
  readonly value: number;
  readonly ageS: number;
  readonly quality: number;
}

export const NO_READING: Reading = { value: Number.NaN, ageS: Number.NaN, quality: 0 };

/** `indices`: dense indices of the entities, in the order of the slots. */
export function createColumns(indices: readonly number[], signals: readonly string[]): Columns {
  const known = signals.flatMap(id => SIGNAL_INDEX.get(id) ?? []);
  return {
    slotOf: new Map(indices.map((index, slot) => [index, slot])),
    count: indices.length,
    bySignal: new Map(known.map(signal => [signal, emptyColumn(indices.length)])),
  };
}

const emptyColumn = (count: number): Column => ({
  values: new Float32Array(count).fill(Number.NaN),
  agesS: new Float32Array(count).fill(Number.NaN),
  receivedMs: new Float64Array(count),
  qualities: new Uint8Array(count),
});

/**
 * Takes a frame in.
 * @returns how many of its values belong to no entity or signal that was asked for.
 */
export function applyFrame(columns: Columns, frame: Frame, nowMs: number): number {
  if (frame.snapshot) for (const column of columns.bySignal.values()) clear(column);
  let strangers = 0;
  for (const section of frame.sections) {
    const column = columns.bySignal.get(section.signal);
    if (!column) {
      strangers += section.entities.length;
      continue;
    }
    for (let at = 0; at < section.entities.length; at++) {
      const slot = columns.slotOf.get(section.entities[at]);
      if (slot === undefined) {
        strangers++;
        continue;
      }
      column.values[slot] = section.values[at];
      column.agesS[slot] = section.agesS[at];
      column.receivedMs[slot] = nowMs;
      column.qualities[slot] = section.qualities[at];
    }
  }
  return strangers;
}

function clear(column: Column): void {
  column.values.fill(Number.NaN);
  column.agesS.fill(Number.NaN);
  column.qualities.fill(0);
}

/** `speed`: seconds of the twin per second here. */
export function readingAt(
  columns: Columns,
  signal: string,
  slot: number,
  now: { readonly ms: number; readonly speed: number },
): Reading {
  const column = columns.bySignal.get(SIGNAL_INDEX.get(signal) ?? -1);
  if (!column || slot < 0 || slot >= columns.count) return NO_READING;
  const grownS = ((now.ms - column.receivedMs[slot]) / 1000) * now.speed;
  return {
    value: column.values[slot],
    ageS: column.agesS[slot] + grownS,
    quality: column.qualities[slot],
  };
}
