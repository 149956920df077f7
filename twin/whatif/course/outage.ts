/**
 * What is without supply, and from when: batteries run down under the load they carry, generators
 * start, overloaded breakers trip, chillers start anew. A course of phases in each of which the
 * supply stays as it is.
 */
import type { PlaneResults } from '../../closure/pass.ts';
import { breakerHeatS, timeToTripS } from '../../physics/power/breaker.ts';
import { batteryJ } from '../../physics/transient/battery.ts';
import { firstOf } from '../../physics/transient/reading.ts';
import type { State } from '../../state/state.ts';
import { CONSTANTS } from '../../tables/constants.ts';
import { KIND_INDEX } from '../../tables/kinds.ts';
import { COURSE } from '../../tables/physics/course.ts';
import { isStandby } from '../../topology/plane.ts';
import type { Topology } from '../../topology/topology.ts';
import { loadsAfter, rewire } from '../fail.ts';

type CourseEventKind =
  | 'fails'
  | 'onBattery'
  | 'batteryEmpty'
  | 'generatorRuns'
  | 'breakerTrips'
  | 'coolingStops'
  | 'coolingBack';

interface CourseEvent {
  readonly atS: number;
  readonly what: CourseEventKind;
  readonly entity: number;
}

export interface SupplyPhase {
  readonly fromS: number;
  /** One byte an entity: failed, or tripped. */
  readonly lost: Uint8Array;
  /** One byte a position of the power plane: no supply. */
  readonly off: Uint8Array;
  /** CRAHs and CDUs whose fans or pumps stand still, and those that run on without cold water. */
  readonly stopped: ReadonlySet<number>;
  readonly waterless: ReadonlySet<number>;
  /** Heat that the chillers left can take, W; undefined while all of them run. */
  readonly chillerW: number | undefined;
}

export interface Outage {
  readonly phases: readonly SupplyPhase[];
  /** By time. */
  readonly events: CourseEvent[];
}

const figureOf = ({ classes, classIndex }: Topology, entity: number, name: string) =>
  classes[classIndex[entity]]?.figures[name]?.value;

/** A supply that may change by itself: by position of the power plane. */
interface Actors {
  /** Energy left of each UPS with a battery, J. */
  readonly chargeJ: Map<number, number>;
  /** Standby generators and the second at which each can carry load; infinite: not called for. */
  readonly startsAtS: Map<number, number>;
  /** Power at which each breaker's heat begins to grow, W, and that heat, s. */
  readonly ratedW: Map<number, number>;
  readonly heatS: Map<number, number>;
}

/**
 * Phases from the instant of the failure to the horizon.
 * @param state live; it is only read
 * @param failed one byte an entity, with all that failed entities contain
 */
export function* outageOf(
  state: State,
  failed: Uint8Array,
  horizonS: number,
): Generator<void, Outage> {
  const actors = actorsOf(state);
  const lost = failed.slice();
  const events: CourseEvent[] = [];
  const phases: SupplyPhase[] = [];
  const cooling = coolingTurns(state, failed, events);
  for (let nowS = 0; nowS < horizonS && phases.length < COURSE.phasesMax.value; ) {
    // anew each time: the buffer may have moved in the pause
    const { power } = state.planes;
    const { shares, off, batteries } = supplyAt(power, lost, actors, nowS);
    for (const p of batteries) note(events, nowS, 'onBattery', power.shape.plane.entities[p]);
    callGenerators(state.topology, power, actors, off, nowS);
    const load = loadsAfter(power, shares, off);
    const turn = cooling(nowS, lost, off);
    phases.push({ fromS: nowS, lost: lost.slice(), off, ...turn });
    const untilS = Math.min(turn.nextS, nextOf(nowS, actors, batteries, load));
    if (!(untilS < horizonS)) break;
    advance(actors, batteries, load, untilS - nowS);
    act({ power, actors, lost, events, load }, untilS);
    nowS = untilS;
    yield;
  }
  return { phases, events };
}

/** A standby generator starts once something that it supplies has no other supply left. */
function callGenerators(
  topology: Topology,
  power: PlaneResults,
  { startsAtS }: Actors,
  off: Uint8Array,
  nowS: number,
) {
  const { childStart, children, entities } = power.shape.plane;
  for (const [p, atS] of startsAtS) {
    if (atS !== Number.POSITIVE_INFINITY) continue;
    for (let i = childStart[p]; i < childStart[p + 1]; i++) {
      if (off[children[i]] === 0 && !isCut(power, off, children[i])) continue;
      startsAtS.set(p, nowS + firstOf(figureOf(topology, entities[p], 'startS'), 0));
      break;
    }
  }
}

function note(events: CourseEvent[], atS: number, what: CourseEventKind, entity: number) {
  if (events.some(e => e.what === what && e.entity === entity && what === 'onBattery')) return;
  events.push({ atS, what, entity });
}

function actorsOf(state: State): Actors {
  const { topology } = state;
  const power = state.planes.power;
  const { plane } = power.shape;
  const chargeJ = new Map<number, number>();
  const startsAtS = new Map<number, number>();
  const ratedW = new Map<number, number>();
  for (let p = 0; p < plane.count; p++) {
    const entity = plane.entities[p];
    const kind = topology.kind[entity];
    if (kind === KIND_INDEX.ups) {
      const J = batteryJ(state, entity, power.load[p]);
      if (J > 0) chargeJ.set(p, J);
    } else if (kind === KIND_INDEX.generator && isStandby(power.shape.plane, p, power.shares)) {
      startsAtS.set(p, Number.POSITIVE_INFINITY);
    } else if (figureOf(topology, entity, 'ratedA') !== undefined) {
      const limitW = figureOf(topology, entity, 'powerLimitW') ?? Number.NaN;
      const tripW = limitW / CONSTANTS.breakerContinuousRatio.value;
      // what its meter says that it carries now does not trip it
      if (tripW > power.load[p]) ratedW.set(p, tripW);
    }
  }
  return { chargeJ, startsAtS, ratedW, heatS: new Map() };
}

function supplyAt(power: PlaneResults, lost: Uint8Array, actors: Actors, nowS: number) {
  const { plane } = power.shape;
  const absent = lost.slice();
  for (const [p, atS] of actors.startsAtS) if (nowS < atS) absent[plane.entities[p]] = 1;
  const held = new Uint8Array(plane.count);
  for (const [p, J] of actors.chargeJ) held[p] = J > 0 ? 1 : 0;
  const { shares, off } = rewire(power, absent, held);
  const batteries = [...actors.chargeJ.keys()].filter(p => off[p] === 0 && isCut(power, off, p));
  return { shares, off, batteries };
}

/** It has suppliers, and none of them is left. */
function isCut({ shape }: PlaneResults, off: Uint8Array, p: number): boolean {
  const { parentStart, parents, isAccounting } = shape.plane;
  let suppliers = 0;
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
    if (isAccounting[e]) continue;
    if (off[parents[e]] === 0) return false;
    suppliers++;
  }
  return suppliers > 0;
}

/** When the supply changes next by itself, s; infinite: never. */
function nextOf(
  nowS: number,
  { chargeJ, startsAtS, ratedW, heatS }: Actors,
  batteries: readonly number[],
  load: Float64Array,
): number {
  let nextS = Number.POSITIVE_INFINITY;
  for (const atS of startsAtS.values()) if (atS > nowS) nextS = Math.min(nextS, atS);
  for (const p of batteries) {
    if (load[p] > 0) nextS = Math.min(nextS, nowS + (chargeJ.get(p) ?? 0) / load[p]);
  }
  for (const [p, tripW] of ratedW) {
    if (load[p] <= tripW) continue;
    nextS = Math.min(nextS, nowS + timeToTripS(heatS.get(p) ?? 0, load[p] / tripW));
  }
  return nextS;
}

function advance(
  { chargeJ, ratedW, heatS }: Actors,
  batteries: readonly number[],
  load: Float64Array,
  dtS: number,
) {
  for (const p of batteries) chargeJ.set(p, (chargeJ.get(p) ?? 0) - load[p] * dtS);
  for (const [p, tripW] of ratedW) {
    const heat = heatS.get(p) ?? 0;
    if (heat > 0 || load[p] > tripW) heatS.set(p, breakerHeatS(heat, load[p] / tripW, dtS));
  }
}

interface Acting {
  readonly power: PlaneResults;
  readonly actors: Actors;
  readonly lost: Uint8Array;
  readonly events: CourseEvent[];
  readonly load: Float64Array;
}

/** What has come due, or will within a step: empty batteries, tripped breakers, generators. */
function act({ power, actors, lost, events, load }: Acting, nowS: number) {
  const { entities } = power.shape.plane;
  const { chargeJ, startsAtS, ratedW, heatS } = actors;
  const soonS = COURSE.togetherS.value;
  for (const [p, J] of chargeJ) {
    const isUsed = events.some(e => e.what === 'onBattery' && e.entity === entities[p]);
    if (!isUsed || J > load[p] * soonS) continue;
    chargeJ.delete(p);
    note(events, nowS, 'batteryEmpty', entities[p]);
  }
  for (const [p, heat] of heatS) {
    const tripW = ratedW.get(p);
    if (tripW === undefined || timeToTripS(heat, load[p] / tripW) > soonS) continue;
    heatS.delete(p);
    ratedW.delete(p);
    lost[entities[p]] = 1;
    note(events, nowS, 'breakerTrips', entities[p]);
  }
  for (const [p, atS] of startsAtS) {
    if (atS === nowS && lost[entities[p]] === 0) note(events, nowS, 'generatorRuns', entities[p]);
  }
}

interface CoolingTurn extends Pick<SupplyPhase, 'stopped' | 'waterless' | 'chillerW'> {
  /** When a chiller is back, s. */
  readonly nextS: number;
}

const UNITS: readonly number[] = [KIND_INDEX.crah, KIND_INDEX.cdu];

/** Cooling units in the order of time; chillers that stood without power start anew. */
function coolingTurns({ topology, planes }: State, failed: Uint8Array, events: CourseEvent[]) {
  const { plane } = planes.cooling.shape;
  const positions = Array.from({ length: plane.count }, (_, p) => p);
  const ofKind = (kinds: readonly number[]) =>
    positions.filter(p => kinds.includes(topology.kind[plane.entities[p]]));
  const chillers = ofKind([KIND_INDEX.chiller]);
  const units = ofKind(UNITS);
  const backAtS = new Map<number, number>();
  const isOut = new Set<number>();
  return (nowS: number, lost: Uint8Array, off: Uint8Array): CoolingTurn => {
    const isDark = (entity: number) => {
      const p = topology.planes.power.positionOf[entity];
      return lost[entity] === 1 || (p >= 0 && off[p] === 1);
    };
    const told = (entity: number, isDown: boolean) => {
      if (isDown === isOut.has(entity)) return;
      if (isDown) isOut.add(entity);
      else isOut.delete(entity);
      if (failed[entity] === 0) {
        events.push({ atS: nowS, what: isDown ? 'coolingStops' : 'coolingBack', entity });
      }
    };
    let nextS = Number.POSITIVE_INFINITY;
    for (const p of chillers) {
      const chiller = plane.entities[p];
      if (isDark(chiller)) backAtS.set(chiller, Number.POSITIVE_INFINITY);
      else if (backAtS.get(chiller) === Number.POSITIVE_INFINITY) {
        backAtS.set(chiller, nowS + firstOf(figureOf(topology, chiller, 'restartS'), 0));
      }
      const backS = backAtS.get(chiller) ?? 0;
      told(chiller, backS > nowS);
      if (backS > nowS) nextS = Math.min(nextS, backS);
    }
    const runs = (entity: number) => !((backAtS.get(entity) ?? 0) > nowS);
    const stopped = new Set<number>();
    const waterless = new Set<number>();
    for (const p of units) {
      const unit = plane.entities[p];
      const suppliers = suppliersOf(planes.cooling, p);
      if (isDark(unit)) stopped.add(unit);
      else if (suppliers.length > 0 && !suppliers.some(runs)) waterless.add(unit);
      told(unit, stopped.has(unit));
    }
    const left = chillers.filter(p => runs(plane.entities[p]));
    const sum = left.reduce((w, p) => w + planes.cooling.limit[p], 0);
    return { stopped, waterless, nextS, chillerW: left.length < chillers.length ? sum : undefined };
  };
}

function suppliersOf({ shape }: PlaneResults, p: number): number[] {
  const { parentStart, parents, isAccounting, entities } = shape.plane;
  const found: number[] = [];
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
    if (!isAccounting[e]) found.push(entities[parents[e]]);
  }
  return found;
}
