/** Plays a plan on a simulation: what is changed at once, and what supply does over time. */

import type { TransientState } from '../../physics/transient/columns.ts';
import { coolantTempC } from '../../physics/transient/gpus.ts';
import { startPump, stopHost, stopPump } from '../../physics/transient/stop.ts';
import { coolersOf } from '../../physics/transient/supply.ts';
import { KIND_INDEX } from '../../tables/kinds.ts';
import { COURSE } from '../../tables/physics/course.ts';
import { DVFS } from '../../tables/physics/power.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { Topology } from '../../topology/topology.ts';
import { childrenOfKind, isWithin } from '../../topology/walk.ts';
import { type HeatWatch, type Watched, watchHeat } from './heat-off.ts';
import type { SupplyPhase } from './outage.ts';
import type { CoursePlan, StartedWork } from './plan.ts';

const EXPONENT = DVFS.exponent.value;
const FLOOR_RATIO = TRANSIENT.clockFloorRatio.value;
const HOSTS_A_PART = 2000;

export interface Actor {
  /** Does what is due. */
  act(nowS: number): void;
  /** Next change of supply after now, s; infinite: none. */
  nextS(nowS: number): number;
  /** One a GPU: from when it has no power or is lost, s; NaN: never. */
  readonly goneAtS: Float32Array;
  /** One byte a GPU: it has work to lose. */
  readonly hasWork: Uint8Array;
  /** Part of each GPU's work that caps leave undone. */
  readonly capLoss: Float32Array;
  /** One byte a host: it is off. */
  readonly isDark: Uint8Array;
  readonly heat: HeatWatch;
}

/**
 * What is changed at once is done here.
 */
export function* createActor(
  topology: Topology,
  state: TransientState,
  plan: CoursePlan,
  { hostAdjustK, limit }: Pick<Watched, 'hostAdjustK' | 'limit'>,
): Generator<void, Actor> {
  const goneAtS = new Float32Array(state.gpus.count).fill(Number.NaN);
  const isDark = new Uint8Array(state.hosts.count);
  const ownLimitW = state.crahs.limitW.slice();
  const ratedW = state.hosts.psuRatedW.slice();
  setUnits(state, plan);
  for (const entity of plan.emptied) empty(state, entity);
  for (const work of plan.started) start(state, work);
  yield;
  const hasWork = workOf(state);
  yield;
  const capLoss = new Float32Array(state.gpus.count);
  for (const cap of plan.caps) yield* limitPower(topology, state, cap, capLoss);
  const heat = watchHeat({ topology, state, isDark, hostAdjustK, limit });
  const spareLoops = spareLoopsOf(topology, state);
  const phases = plan.outage?.phases ?? [];
  let next = 0;
  return {
    goneAtS,
    hasWork,
    capLoss,
    isDark,
    heat,
    act(nowS) {
      for (; next < phases.length && phases[next].fromS <= nowS; next++) {
        const phase = phases[next];
        enterHosts({ topology, state, phase, isDark, goneAtS, ratedW }, nowS);
        enterUnits(state, phase, ownLimitW);
        takeLoops(state, spareLoops);
      }
      const chillerW = phases[next - 1]?.chillerW;
      if (chillerW !== undefined) shareChillers(state, phases[next - 1], ownLimitW, chillerW);
      heat.switchOff(nowS);
    },
    nextS: () => phases[next]?.fromS ?? Number.POSITIVE_INFINITY,
  };
}

function setUnits({ crahs, loops, entities }: TransientState, { setpoints }: CoursePlan) {
  for (const { unit, supplyTempC } of setpoints) {
    const crah = entities.crah.indexOf(unit);
    if (crah >= 0) crahs.setpointC[crah] = supplyTempC;
    const loop = entities.loop.indexOf(unit);
    if (loop >= 0) loops.supplyC[loop] += supplyTempC - loops.waterC[loop];
  }
}

const kindAt = ({ gpuKinds, hosts }: TransientState, host: number) => gpuKinds[hosts.gpuKind[host]];

function empty(state: TransientState, entity: number) {
  const { entities, gpus, hosts } = state;
  const host = entities.host.indexOf(entity);
  if (host < 0) return;
  const { idleW } = kindAt(state, host);
  for (let g = hosts.gpuStart[host]; g < hosts.gpuStart[host + 1]; g++) {
    gpus.targetW[g] = Math.min(gpus.targetW[g], idleW);
  }
}

/** The named GPUs, or those that draw least, go to what draws their maximum once they are warm. */
function start(state: TransientState, work: StartedWork) {
  const { entities, gpus, hosts } = state;
  const host = entities.host.indexOf(work.host);
  if (host < 0) return;
  const { maxW, leakPerK, leakFromTempC } = kindAt(state, host);
  const [from, to] = [hosts.gpuStart[host], hosts.gpuStart[host + 1]];
  const own = Array.from({ length: to - from }, (_, i) => from + i);
  const chosen = work.gpus
    ? own.filter(g => work.gpus?.includes(entities.gpu[g]))
    : own.sort((a, b) => gpus.targetW[a] - gpus.targetW[b] || a - b).slice(0, work.gpuCount);
  const coolantC = coolantTempC(state, host, hosts.rack[host]);
  for (const g of chosen) {
    const warmC = coolantC + gpus.resistanceKPerW[g] * maxW;
    gpus.targetW[g] = maxW / (1 + leakPerK * Math.max(0, warmC - leakFromTempC));
  }
  // fans are told apart here, and the whole stays below what the host can take
  const fansW = hosts.fanMaxW[host] / Math.max(1, own.length);
  const mostW = Math.max(0, work.hostMaxW - own.length * maxW - hosts.fanMaxW[host]);
  const wantedW = hosts.otherW[host] + Math.max(0, work.hostPartW - fansW) * chosen.length;
  hosts.otherW[host] = Math.max(hosts.otherW[host], Math.min(wantedW, mostW));
}

/**
 * Work under a cap goes at the clock that the cap leaves, as `step` would find it in every step.
 * @param capLoss part of its work that each GPU leaves undone; it is added to
 */
function* limitPower(
  topology: Topology,
  state: TransientState,
  { under, gpuW }: CoursePlan['caps'][number],
  capLoss: Float32Array,
): Generator<void, void> {
  const { entities, gpus, hosts } = state;
  for (let host = 0; host < hosts.count; host++) {
    if (host % HOSTS_A_PART === HOSTS_A_PART - 1) yield;
    const { idleW, leakPerK, leakFromTempC } = kindAt(state, host);
    const coolantC = coolantTempC(state, host, hosts.rack[host]);
    for (let g = hosts.gpuStart[host]; g < hosts.gpuStart[host + 1]; g++) {
      if (!isWithin(topology, entities.gpu[g], under)) continue;
      gpus.capW[g] = Math.min(gpus.capW[g], gpuW * (1 + COURSE.capSlackRatio.value));
      const warmC = coolantC + gpus.resistanceKPerW[g] * gpuW;
      const restW = Math.min(idleW, gpus.targetW[g]);
      const dynamicW = gpus.targetW[g] - restW;
      const leftW = gpuW / (1 + leakPerK * Math.max(0, warmC - leakFromTempC)) - restW;
      if (leftW >= dynamicW || dynamicW <= 0) continue;
      const clock = Math.max(FLOOR_RATIO, Math.max(0, leftW / dynamicW) ** (1 / EXPONENT));
      const share = gpus.computeShare[g];
      gpus.targetW[g] = restW + dynamicW * clock ** EXPONENT;
      capLoss[g] = 1 - (1 - capLoss[g]) / (1 - share + share / clock);
    }
  }
}

function workOf(state: TransientState): Uint8Array {
  const { gpus, hosts } = state;
  const hasWork = new Uint8Array(gpus.count);
  for (let host = 0; host < hosts.count; host++) {
    const { idleW, maxW } = kindAt(state, host);
    const fromW = idleW + COURSE.workRatio.value * (maxW - idleW);
    for (let g = hosts.gpuStart[host]; g < hosts.gpuStart[host + 1]; g++) {
      if (gpus.targetW[g] > fromW) hasWork[g] = 1;
    }
  }
  return hasWork;
}

interface Entering {
  readonly topology: Topology;
  readonly state: TransientState;
  readonly phase: SupplyPhase;
  readonly isDark: Uint8Array;
  readonly goneAtS: Float32Array;
  readonly ratedW: Float64Array;
}

/** A host that has lost its power stays off: somebody has to start it and its work. */
function enterHosts(of: Entering, nowS: number) {
  const { topology, state, phase, isDark, goneAtS, ratedW } = of;
  const { hosts, entities, gpus } = state;
  const { positionOf } = topology.planes.power;
  const isOff = (entity: number) =>
    phase.lost[entity] === 1 || (positionOf[entity] >= 0 && phase.off[positionOf[entity]] === 1);
  for (let host = 0; host < hosts.count; host++) {
    if (isDark[host] === 1) continue;
    const [from, to] = [hosts.gpuStart[host], hosts.gpuStart[host + 1]];
    if (isOff(entities.host[host])) {
      isDark[host] = 1;
      stopHost(state, host);
      for (let g = from; g < to; g++) if (Number.isNaN(goneAtS[g])) goneAtS[g] = nowS;
      continue;
    }
    const psus = childrenOfKind(topology, entities.host[host], KIND_INDEX.psu);
    const alive = psus.filter(psu => !isOff(psu)).length;
    if (alive > 0) hosts.psuRatedW[host] = (ratedW[host] * alive) / psus.length;
    for (let g = from; g < to; g++) {
      if (phase.lost[entities.gpu[g]] === 0 || goneAtS[g] >= 0) continue;
      goneAtS[g] = nowS;
      gpus.targetW[g] = 0;
    }
  }
}

function enterUnits(
  state: TransientState,
  { stopped, waterless }: SupplyPhase,
  ownLimitW: Float64Array,
) {
  const { crahs, loops, entities } = state;
  for (let crah = 0; crah < crahs.count; crah++) {
    const entity = entities.crah[crah];
    crahs.fanRatio[crah] = stopped.has(entity) ? 0 : 1;
    crahs.hasWater[crah] = waterless.has(entity) ? 0 : 1;
    crahs.limitW[crah] = ownLimitW[crah];
  }
  for (let loop = 0; loop < loops.count; loop++) {
    const entity = entities.loop[loop];
    if (stopped.has(entity)) stopPump(state, loop);
    else startPump(state, loop);
    loops.hasWater[loop] = waterless.has(entity) ? 0 : 1;
    loops.limitW[loop] = Number.POSITIVE_INFINITY;
  }
}

/** Loops of each rack that has several, in the order of its wires. */
function spareLoopsOf(topology: Topology, { racks, entities }: TransientState) {
  const found = new Map<number, readonly number[]>();
  for (let rack = 0; rack < racks.count; rack++) {
    if (racks.loop[rack] < 0) continue;
    const cdus = [...coolersOf(topology, entities.rack[rack], KIND_INDEX.cdu).keys()];
    if (cdus.length > 1)
      found.set(
        rack,
        cdus.map(cdu => entities.loop.indexOf(cdu)),
      );
  }
  return found;
}

/** Racks whose CDU does not cool go over to another that does, which then carries their heat too. */
function takeLoops(
  { racks, loops }: TransientState,
  spareLoops: ReadonlyMap<number, readonly number[]>,
) {
  for (const [rack, own] of spareLoops) {
    racks.loop[rack] = own.find(loop => loops.flowRatio[loop] * loops.hasWater[loop] > 0) ?? own[0];
  }
}

/** Chillers that are left share what they can take among CRAHs and CDUs by the heat of each. */
function shareChillers(
  { crahs, loops, entities }: TransientState,
  { waterless }: SupplyPhase,
  ownLimitW: Float64Array,
  chillerW: number,
) {
  let heatW = 0;
  for (let crah = 0; crah < crahs.count; crah++) heatW += crahs.removedW[crah];
  for (let loop = 0; loop < loops.count; loop++) heatW += loops.removedW[loop];
  const ratio = heatW > chillerW ? chillerW / heatW : Number.POSITIVE_INFINITY;
  for (let crah = 0; crah < crahs.count; crah++) {
    if (waterless.has(entities.crah[crah])) continue;
    const part = ratio < 1 ? ratio * crahs.removedW[crah] : Number.POSITIVE_INFINITY;
    crahs.limitW[crah] = Math.min(ownLimitW[crah], part);
  }
  for (let loop = 0; loop < loops.count; loop++) {
    loops.limitW[loop] = ratio < 1 ? ratio * loops.removedW[loop] : Number.POSITIVE_INFINITY;
  }
}
