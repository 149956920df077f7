/** A metric of the twin: all series of one name. */
import { isKind, KINDS, type Topology } from '../../../twin/index.ts';
import type { Budget } from '../budget.ts';
import { type Labels, labelsOf, labelValue, METRIC_NAME } from '../labels.ts';
import { LOOKBACK_MS } from '../lookup.ts';
import type { Matcher } from '../matcher.ts';
import type { MetricHelp, RawSeries } from '../series-store.ts';
import { entitiesWith, NOTHING_YET } from './entity-walk.ts';

export interface FamilyQuery {
  /** Those of the metric's name are met already. */
  readonly matchers: readonly Matcher[];
  readonly budget: Budget;
}

export interface WindowQuery extends FamilyQuery {
  readonly fromMs: number;
  readonly toMs: number;
  readonly spacingMs: number;
}

export interface Family {
  readonly name: string;
  readonly help: MetricHelp;
  /** Whether it has any series now. */
  exists(): boolean;
  select(query: WindowQuery): Promise<readonly RawSeries[]>;
  /** Label sets of the series that there are now. */
  visit(query: FamilyQuery, each: (labels: Labels) => void): Promise<void>;
}

export const gauge = (help: string, unit = ''): MetricHelp => ({ type: 'gauge', help, unit });

export const fitsAll = (labels: Labels, matchers: readonly Matcher[]) =>
  matchers.every(matcher => matcher.matches(labelValue(labels, matcher.label)));

/** Labels of an entity: its place, the metric's name, and what the metric adds. */
type EntityLabels = (
  entity: number,
  more?: readonly (readonly [name: string, value: string])[],
) => Labels;

/** Entities that stand in the same kinds of containers have labels of the same names. */
export function entityLabels(topology: Topology, name: string): EntityLabels {
  const shapes = new Map<number, Shape>();
  return (entity, more = []) => {
    let key = 1;
    for (let at = entity; at >= 0; at = topology.parent[at]) key = key * 64 + topology.kind[at];
    let shape = shapes.get(key);
    if (!shape) {
      shape = shapeOf(topology, entity);
      shapes.set(key, shape);
    }
    const values = new Array<string>(shape.names.length);
    values[shape.positions[0]] = name;
    let depth = 1;
    for (let at = entity; at >= 0; at = topology.parent[at]) {
      values[shape.positions[depth++]] = topology.ids[at];
    }
    const labels = { names: shape.names, values };
    return more.length === 0 ? labels : withPairs(labels, more);
  };
}

const withPairs = ({ names, values }: Labels, more: readonly (readonly [string, string])[]) =>
  labelsOf([...names.map((name, i) => [name, values[i]] as const), ...more]);

interface Shape {
  /** Sorted. */
  readonly names: readonly string[];
  /** Where each goes: the metric's name, then the entity's own, then that of its container... */
  readonly positions: readonly number[];
}

function shapeOf(topology: Topology, entity: number): Shape {
  const path: string[] = [METRIC_NAME];
  for (let at = entity; at >= 0; at = topology.parent[at]) path.push(KINDS[topology.kind[at]].id);
  const names = path.toSorted();
  return { names, positions: path.map(name => names.indexOf(name)) };
}

interface Place {
  readonly topology: Topology;
  readonly kind: number;
}

/** Calls for each entity of a kind that fits, with the matchers that are left to be met. */
export async function eachEntity(
  { topology, kind }: Place,
  { matchers, budget }: FamilyQuery,
  each: (entity: number, others: readonly Matcher[]) => void,
): Promise<void> {
  const others = matchers.filter(({ label }) => !isKind(label) && label !== METRIC_NAME);
  let seen = 0;
  for (const entity of entitiesWith(topology, kind, matchers)) {
    if (entity !== NOTHING_YET) each(entity, others);
    if (++seen % 256 === 0 || entity === NOTHING_YET) await budget.breathe();
  }
}

/** Without an event time a value is as old as this, as if a scrape had brought it. */
const SCRAPE_MS = 15_000;
/** Beyond it a value counts as of now, as long as the twin holds it for one. */
const FRESH_MS = LOOKBACK_MS - 60_000;

/**
 * Times at which the present value stands: its own, where the usual lookback bridges the time since;
 * otherwise just now.
 */
export function presentTimes(atMs: number, nowMs: number): readonly number[] {
  return atMs <= nowMs && nowMs - atMs <= FRESH_MS ? [atMs] : [nowMs - SCRAPE_MS, nowMs];
}

/** A series that is known for the present only. */
export function presentSeries(labels: Labels, value: number, nowMs: number): RawSeries {
  const times = Float64Array.from(presentTimes(Number.NaN, nowMs));
  const values = new Float64Array(times.length).fill(value);
  return { labels, times, values, isPresentOnly: true };
}
