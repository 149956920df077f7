/** Figures of halls, sites and switches that follow from the planes: PUE, fragmentation, uplinks. */
import { DERIVED, MISSING, STALE } from '../state/quality.ts';
import { readSignal } from '../state/read.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { entitiesOfKind, pathOf } from '../topology/walk.ts';

const POWER = signalIndex('powerW');
const PUE = signalIndex('pueRatio');
const COOLING_POWER = signalIndex('coolingPowerW');
const FRAGMENTATION = signalIndex('fragmentationRatio');
const FREE = signalIndex('gpusFreeCount');
const ALLOCATED = signalIndex('gpusAllocatedCount');
const SUPPLY_TEMP = signalIndex('supplyTempC');
const DEW_POINT = signalIndex('dewPointC');
const DEW_POINT_MARGIN = signalIndex('dewPointMarginK');
const OVERSUBSCRIPTION = signalIndex('oversubscriptionRatio');
const UPLINK_UTIL = signalIndex('uplinkUtilRatio');

const COOLING_KINDS: readonly Kind[] = ['crah', 'cdu', 'chiller'];
const SWITCH_KINDS: readonly Kind[] = ['tor', 'eor', 'spine'];

export interface FacilityPlan {
  readonly sites: readonly number[];
  readonly racks: readonly number[];
  readonly hosts: readonly number[];
  readonly cooling: readonly number[];
  readonly switches: readonly number[];
  readonly utilityFeeds: readonly number[];
  readonly hasWork: boolean;
}

/** Lists what is looked at each tick and makes the columns that are written. */
export function planFacility(state: State): FacilityPlan {
  const { topology } = state;
  const plan = {
    sites: entitiesOfKind(topology, 'site'),
    racks: entitiesOfKind(topology, 'rack'),
    hosts: entitiesOfKind(topology, 'host'),
    cooling: COOLING_KINDS.flatMap(kind => entitiesOfKind(topology, kind)),
    switches: SWITCH_KINDS.flatMap(kind => entitiesOfKind(topology, kind)),
    utilityFeeds: entitiesOfKind(topology, 'utilityFeed'),
    hasWork: state.columns.some(c => c.signal === FREE),
  };
  for (const entity of plan.sites) {
    for (const signal of [PUE, COOLING_POWER]) state.ensureCell(signal, entity);
  }
  if (plan.hasWork) {
    for (const kind of ['rack', 'row', 'hall', 'site'] as const) {
      state.ensureColumn(FRAGMENTATION, KIND_INDEX[kind]);
    }
  }
  for (const kind of ['crah', 'cdu'] as const) {
    if (entitiesOfKind(topology, kind).length === 0) continue;
    state.ensureColumn(DEW_POINT_MARGIN, KIND_INDEX[kind]);
  }
  for (const kind of SWITCH_KINDS) {
    if (entitiesOfKind(topology, kind).length === 0) continue;
    state.ensureColumn(OVERSUBSCRIPTION, KIND_INDEX[kind]);
    state.ensureColumn(UPLINK_UTIL, KIND_INDEX[kind]);
  }
  return plan;
}

export function workOutFacility(state: State, plan: FacilityPlan, nowMs: number) {
  for (const site of plan.sites) powerUsage(state, plan, site);
  if (plan.hasWork) fragmentation(state, plan, nowMs);
  for (const unit of plan.cooling) dewPointMargin(state, unit);
  for (const entity of plan.switches) uplink(state, entity, nowMs);
}

/**
 * PUE = everything the site draws over what its racks draw. With utility feeds wired, their load,
 * which holds the losses on the way; else the loads that are known to stand on the site.
 */
function powerUsage(state: State, plan: FacilityPlan, site: number) {
  const power = (entity: number) => readSignal(state, POWER, entity);
  const racks = plan.racks.map(power);
  const itW = total(racks);
  const coolingW = total(plan.cooling.map(power));
  const atFeedsW = total(plan.utilityFeeds.map(power));
  const atMs = Math.min(...racks.filter(r => !Number.isNaN(r.atMs)).map(r => r.atMs));
  const isKnown = itW > 0 && Number.isFinite(atMs);
  put(state, COOLING_POWER, site, coolingW, atMs, coolingW > 0 && isKnown);
  // Units without a reading or a COP would make the site look better than it is.
  const isWhole = plan.cooling.length > 0 && plan.cooling.every(unit => power(unit).value > 0);
  const facilityW = Math.max(atFeedsW, itW + coolingW);
  put(state, PUE, site, facilityW / itW, atMs, isKnown && isWhole);
}

const total = (readings: readonly { value: number; quality: number }[]) =>
  readings.reduce((sum, r) => (r.quality > MISSING ? sum + r.value : sum), 0);

/** Part of the free GPUs that lie in hosts of which others are in use. */
function fragmentation(state: State, plan: FacilityPlan, nowMs: number) {
  const free = new Map<number, number>();
  const broken = new Map<number, number>();
  for (const host of plan.hosts) {
    const freeHere = readSignal(state, FREE, host);
    if (freeHere.quality <= STALE) continue;
    const used = readSignal(state, ALLOCATED, host).value;
    const isBroken = freeHere.value > 0 && used > 0;
    for (const whole of pathOf(state.topology, host)) {
      free.set(whole, (free.get(whole) ?? 0) + freeHere.value);
      if (isBroken) broken.set(whole, (broken.get(whole) ?? 0) + freeHere.value);
    }
  }
  for (const [whole, count] of free) {
    if (state.cellOf(FRAGMENTATION, whole) < 0) continue;
    const ratio = count > 0 ? (broken.get(whole) ?? 0) / count : 0;
    put(state, FRAGMENTATION, whole, ratio, nowMs, true);
  }
}

function dewPointMargin(state: State, unit: number) {
  const supply = readSignal(state, SUPPLY_TEMP, unit);
  const dew = pathOf(state.topology, unit)
    .map(entity => readSignal(state, DEW_POINT, entity))
    .findLast(reading => reading.quality > STALE);
  if (state.cellOf(DEW_POINT_MARGIN, unit) < 0) return;
  const isKnown = dew !== undefined && supply.quality > STALE;
  const atMs = Math.min(supply.atMs, dew?.atMs ?? Number.NaN);
  put(state, DEW_POINT_MARGIN, unit, supply.value - (dew?.value ?? 0), atMs, isKnown);
}

/** Oversubscription by capacity, and how full the uplinks are, from the class figures of a switch. */
function uplink(state: State, entity: number, nowMs: number) {
  const { topology } = state;
  const figures = topology.classes[topology.classIndex[entity]]?.figures;
  const up = figures?.uplinkBytesPerS?.value ?? 0;
  const down = figures?.downlinkBytesPerS?.value ?? 0;
  put(state, OVERSUBSCRIPTION, entity, down / up, nowMs, up > 0 && down > 0);
  const load = readSignal(state, signalIndex('netTxBytesPerS'), entity);
  put(state, UPLINK_UTIL, entity, load.value / up, load.atMs, up > 0 && load.quality > STALE);
}

function put(
  state: State,
  signal: number,
  entity: number,
  value: number,
  atMs: number,
  isKnown: boolean,
) {
  const cell = state.cellOf(signal, entity);
  state.quality[cell] = isKnown ? DERIVED : MISSING;
  if (!isKnown) return;
  state.cells[2 * cell] = value;
  state.cells[2 * cell + 1] = atMs;
}
