/** The value of every limit for every entity: inventory, else class, else class figure, else row. */
import type { HardwareClass } from '../tables/catalogue.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import type { LimitRow } from '../tables/limit-row.ts';
import { LIMITS } from '../tables/limits.ts';
import { signalIndex } from '../tables/signals.ts';
import type { Topology } from '../topology/topology.ts';
import { escalationOf } from './escalation.ts';

type ThresholdOrigin = 'inventory' | 'class' | 'figure' | 'default';

/** One row of the limits table at one kind, with its value for each class. */
export interface LimitAtKind {
  readonly row: LimitRow;
  /** Position of the row in `LIMITS`. */
  readonly limit: number;
  readonly kind: number;
  readonly signal: number;
  readonly over: number;
  /** Place among the limits on one signal in one direction: see `escalationOf`. */
  readonly escalation: number | undefined;
  /** Threshold by `classIndex + 1`; NaN where the limit does not apply. */
  readonly byClass: Float64Array;
  readonly overrides: ReadonlyMap<number, number>;
}

export type LimitTable = readonly LimitAtKind[];

export function resolveLimits(topology: Topology): LimitTable {
  return LIMITS.flatMap((row, limit) =>
    row.at.map(kind => ({
      row,
      limit,
      kind: KIND_INDEX[kind],
      signal: signalIndex(row.signal),
      over: row.over === undefined ? -1 : signalIndex(row.over),
      escalation: escalationOf(row, kind),
      byClass: Float64Array.from([undefined, ...topology.classes], c => classThreshold(row, c)),
      overrides: overridesOf(topology, row.id, KIND_INDEX[kind]),
    })),
  );
}

function classThreshold(row: LimitRow, hardware: HardwareClass | undefined): number {
  const own = hardware?.limits?.[row.id];
  if (own !== undefined) return own;
  const figure = row.fromClass && hardware?.figures[row.fromClass.figure]?.value;
  if (figure === undefined) return row.value ?? Number.NaN;
  return figure * (row.fromClass?.factor ?? 1) + (row.fromClass?.plus ?? 0);
}

function overridesOf(topology: Topology, id: string, kind: number): Map<number, number> {
  const found = new Map<number, number>();
  for (const [entity, limits] of topology.limitOverrides) {
    if (!(id in limits)) continue;
    const isSite = topology.kind[entity] === KIND_INDEX.site;
    if (topology.kind[entity] === kind) found.set(entity, limits[id]);
    // A limit set on the site for another kind holds for all of that kind.
    else if (isSite) {
      for (let e = topology.kindStart[kind]; e < topology.kindStart[kind + 1]; e++) {
        if (!found.has(e)) found.set(e, limits[id]);
      }
    }
  }
  return found;
}

export function thresholdOf(limit: LimitAtKind, topology: Topology, entity: number): number {
  const own = limit.overrides.size > 0 ? limit.overrides.get(entity) : undefined;
  return own ?? limit.byClass[topology.classIndex[entity] + 1];
}

export function thresholdOrigin(
  limit: LimitAtKind,
  topology: Topology,
  entity: number,
): ThresholdOrigin {
  if (limit.overrides.has(entity)) return 'inventory';
  const hardware = topology.classes[topology.classIndex[entity]];
  if (hardware?.limits?.[limit.row.id] !== undefined) return 'class';
  const figure = limit.row.fromClass?.figure;
  return figure !== undefined && hardware?.figures[figure] ? 'figure' : 'default';
}

/**
 * Writes the tightest hard capacity of every entity into the limits of a plane; Infinity where there
 * is none. Soft capacities are judged, but do not close.
 */
export function fillCapacities(
  table: LimitTable,
  topology: Topology,
  plane: { readonly id: string; readonly count: number; readonly entities: Int32Array },
  limits: Float64Array,
) {
  limits.fill(Number.POSITIVE_INFINITY);
  const rows = table.filter(
    l => l.row.kind === 'capacity' && l.row.hard && l.row.plane === plane.id,
  );
  for (let p = 0; p < plane.count; p++) {
    const entity = plane.entities[p];
    for (const limit of rows) {
      if (limit.kind !== topology.kind[entity]) continue;
      const threshold = thresholdOf(limit, topology, entity);
      if (threshold < limits[p]) limits[p] = threshold;
    }
  }
}
