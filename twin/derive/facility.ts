/** Figures of sites and cooling units that follow from the planes: PUE, margin to the dew point. */
import type { Marks } from '../state/marks.ts';
import { DERIVED, MISSING, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { entitiesOfKind } from '../topology/walk.ts';

const POWER = signalIndex('powerW');
const PUE = signalIndex('pueRatio');
const COOLING_POWER = signalIndex('coolingPowerW');
const SUPPLY_TEMP = signalIndex('supplyTempC');
const DEW_POINT = signalIndex('dewPointC');
const DEW_POINT_MARGIN = signalIndex('dewPointMarginK');

/** Units that take heat and draw power for it. */
export const COOLING_KINDS: readonly Kind[] = ['crah', 'cdu', 'chiller'];

export interface FacilityPlan {
  readonly sites: readonly number[];
  readonly racks: readonly number[];
  readonly cooling: readonly number[];
  readonly utilityFeeds: readonly number[];
  /** Whether any source gives both temperatures that the margin to the dew point needs. */
  readonly hasDewPoint: boolean;
}

/** Lists what is looked at each tick and makes the columns that are written. */
export function planFacility(state: State): FacilityPlan {
  const { topology } = state;
  const has = (signal: number) => state.columns.some(column => column.signal === signal);
  const plan = {
    sites: entitiesOfKind(topology, 'site'),
    racks: entitiesOfKind(topology, 'rack'),
    cooling: COOLING_KINDS.flatMap(kind => entitiesOfKind(topology, kind)),
    utilityFeeds: entitiesOfKind(topology, 'utilityFeed'),
    hasDewPoint: has(SUPPLY_TEMP) && has(DEW_POINT),
  };
  for (const entity of plan.sites) {
    for (const signal of [PUE, COOLING_POWER]) state.ensureCell(signal, entity);
  }
  for (const kind of ['crah', 'cdu'] as const) {
    if (entitiesOfKind(topology, kind).length === 0) continue;
    state.ensureColumn(DEW_POINT_MARGIN, KIND_INDEX[kind]);
  }
  return plan;
}

/**
 * Works out what is asked of every tick.
 * @param noted called with entities whose figures may have changed without one of their own
 */
export function workOutFacility(
  state: State,
  marks: Marks,
  plan: FacilityPlan,
  noted: (entity: number) => void,
) {
  for (const site of plan.sites) {
    if (powerUsage(state, marks, plan, site)) noted(site);
  }
  if (!plan.hasDewPoint) return;
  for (const unit of plan.cooling) {
    if (dewPointMargin(state, marks, unit)) noted(unit);
  }
}

/**
 * PUE = everything the site draws over what its racks draw. With utility feeds wired, their load,
 * which holds the losses on the way; else the loads that are known to stand on the site.
 * @returns whether anything about it is new
 */
function powerUsage(state: State, marks: Marks, plan: FacilityPlan, site: number): boolean {
  const it = totalPower(state, plan.racks);
  const cooling = totalPower(state, plan.cooling);
  const isKnown = it.valueW > 0 && Number.isFinite(it.oldestMs);
  const coolingCell = state.cellOf(COOLING_POWER, site);
  const isNewCooling =
    isKnown && cooling.valueW > 0
      ? marks.set(coolingCell, cooling.valueW, it.oldestMs, DERIVED)
      : marks.setMissing(coolingCell);
  // Units without a reading or a COP would make the site look better than it is.
  const isWhole = plan.cooling.length > 0 && cooling.drawing === plan.cooling.length;
  const atFeedsW = totalPower(state, plan.utilityFeeds).valueW;
  const facilityW = Math.max(atFeedsW, it.valueW + cooling.valueW);
  const cell = state.cellOf(PUE, site);
  const isNewPue =
    isKnown && isWhole
      ? marks.set(cell, facilityW / it.valueW, it.oldestMs, DERIVED)
      : marks.setMissing(cell);
  return isNewCooling || isNewPue;
}

/** Sum of what is known, the oldest time in it, and how many of them draw anything. */
function totalPower(state: State, entities: readonly number[]) {
  const { load, evidenceAtMs, shape } = state.planes.power;
  const { positionOf } = shape.plane;
  let valueW = 0;
  let drawing = 0;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (const entity of entities) {
    const cell = state.cellOf(POWER, entity);
    const isOwn = cell >= 0 && state.quality[cell] !== MISSING;
    const position = positionOf[entity];
    if (!isOwn && position < 0) continue;
    const powerW = isOwn ? state.valueAt(cell) : load[position];
    const atMs = isOwn ? state.timeAt(cell) : evidenceAtMs[position];
    valueW += powerW;
    if (powerW > 0) drawing++;
    if (atMs < oldestMs) oldestMs = atMs;
  }
  return { valueW, drawing, oldestMs };
}

/** @returns whether anything about it is new */
function dewPointMargin(state: State, marks: Marks, unit: number): boolean {
  const cell = state.cellOf(DEW_POINT_MARGIN, unit);
  const supply = state.cellOf(SUPPLY_TEMP, unit);
  if (cell < 0) return false;
  // The nearest room around the unit that has a current dew point.
  let dew = -1;
  for (let at = unit; at >= 0 && dew < 0; at = state.topology.parent[at]) {
    const reading = state.cellOf(DEW_POINT, at);
    if (reading >= 0 && state.quality[reading] > STALE) dew = reading;
  }
  const isKnown = dew >= 0 && supply >= 0 && state.quality[supply] > STALE;
  if (!isKnown) return marks.setMissing(cell);
  const atMs = Math.min(state.timeAt(supply), state.timeAt(dew));
  return marks.set(cell, state.valueAt(supply) - state.valueAt(dew), atMs, DERIVED);
}
