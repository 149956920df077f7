/**
 * The live twin: values in, derived values, closure and verdicts out. No clock of its own: whoever
 * drives it says what time it is.
 */

import { setBit } from './closure/bits.ts';
import { type PlaneChanges, planeChanges } from './closure/changes.ts';
import { closeChanged, closePlane } from './closure/pass.ts';
import { closureShape } from './closure/shape.ts';
import { type CoolingUnit, modelCooling, planCoolingModel } from './derive/cooling-model.ts';
import { estimate, planEstimates } from './derive/estimate.ts';
import { type FacilityPlan, planFacility, workOutFacility } from './derive/facility.ts';
import { type HostModels, modelHost, planHostModels } from './derive/host-model.ts';
import { planHostWork, workOutHost } from './derive/host-work.ts';
import { stateInventoryFacts } from './derive/inventory-facts.ts';
import { planRollUps, type RollUpPlan, rollUpInto } from './derive/roll-up.ts';
import { Judge, type Judgement } from './limits/judge.ts';
import { fillCapacities, type LimitTable, resolveLimits } from './limits/thresholds.ts';
import { judgeUniform } from './limits/uniform.ts';
import { Ageing } from './state/ageing.ts';
import { MEASURED, STALE } from './state/quality.ts';
import { State } from './state/state.ts';
import { KIND_INDEX } from './tables/kinds.ts';
import { signalIndex } from './tables/signals.ts';
import { PLANE_IDS, type PlaneId } from './topology/plane.ts';
import type { Topology } from './topology/topology.ts';

const POWER = signalIndex('powerW');
const NET_RX = signalIndex('netRxBytesPerS');
const NET_TX = signalIndex('netTxBytesPerS');
const UNIFORM_EVERY_MS = 60_000;

export interface Tick extends Judgement {
  readonly atMs: number;
  /** Entities whose values changed in this tick, in no order. */
  readonly changed: Int32Array;
}

export class Twin {
  readonly topology: Topology;
  readonly state: State;
  readonly limits: LimitTable;
  readonly judge: Judge;
  readonly #dirty: Uint8Array;
  readonly #planeChanges: Readonly<Record<PlaneId, PlaneChanges>>;
  readonly #changed: Int32Array;
  #changedCount = 0;
  readonly #isNoted: Uint8Array;
  readonly #ageing: Ageing;
  readonly #hostModels: HostModels;
  readonly #coolingUnits: readonly CoolingUnit[];
  #rollUps: RollUpPlan = [];
  #facility: FacilityPlan;
  #plannedColumns = -1;
  #uniformAtMs = Number.NEGATIVE_INFINITY;

  constructor(topology: Topology) {
    this.topology = topology;
    const shape = closureShape(topology);
    this.state = new State(topology, shape);
    this.limits = resolveLimits(topology);
    this.judge = new Judge(this.limits);
    this.#dirty = new Uint8Array(topology.count);
    this.#changed = new Int32Array(topology.count);
    this.#isNoted = new Uint8Array(topology.count);
    const changes = PLANE_IDS.map(id => [id, planeChanges(shape.planes[id])] as const);
    this.#planeChanges = Object.fromEntries(changes) as Record<PlaneId, PlaneChanges>;
    this.#ageing = new Ageing(this.state);
    this.#hostModels = planHostModels(this.state);
    this.#coolingUnits = planCoolingModel(this.state);
    planEstimates(this.state);
    this.#facility = planFacility(this.state);
    for (const id of PLANE_IDS) {
      const results = this.state.planes[id];
      fillCapacities(this.limits, topology, topology.planes[id], results.limit);
      results.own.fill(Number.NaN);
      results.ownAtMs.fill(Number.NaN);
      closePlane(results);
      this.#planeChanges[id].load.fill(-1);
    }
    this.#dirty.fill(1);
  }

  /** Takes a measured value; the caller has judged it fit (range, time order). */
  write(cell: number, entity: number, value: number, atMs: number) {
    const { cells, quality } = this.state;
    cells[2 * cell] = value;
    cells[2 * cell + 1] = atMs;
    quality[cell] = MEASURED;
    this.#dirty[entity] = 1;
  }

  /** The source says that the series has ended. */
  markStale(cell: number, entity: number) {
    if (this.state.quality[cell] <= STALE) return;
    this.state.quality[cell] = STALE;
    this.#dirty[entity] = 1;
  }

  /** Marks an entity as changed, so that the next tick works it out again. */
  touch(entity: number) {
    this.#dirty[entity] = 1;
  }

  /** Ages values, derives, closes and judges everything that changed since the last tick. */
  tick(nowMs: number): Tick {
    for (let i = 0; i < this.#changedCount; i++) this.#isNoted[this.#changed[i]] = 0;
    this.#changedCount = 0;
    this.#ageing.sweep(nowMs, entity => {
      this.#dirty[entity] = 1;
    });
    this.#plan();
    this.#derive();
    for (const id of PLANE_IDS) this.#close(id);
    modelCooling(this.state, this.#coolingUnits, entity => this.touch(entity));
    workOutFacility(this.state, this.#facility, nowMs);
    this.#judge(nowMs);
    return {
      atMs: nowMs,
      changed: this.#changed.slice(0, this.#changedCount),
      ...this.judge.advance(nowMs),
    };
  }

  #plan() {
    if (this.state.columns.length === this.#plannedColumns) return;
    planHostWork(this.state);
    this.#rollUps = planRollUps(this.state);
    this.#facility = planFacility(this.state);
    this.#plannedColumns = this.state.columns.length;
    // New columns may bring new roll-ups to wholes whose parts have not changed since.
    this.#dirty.fill(1);
  }

  /** Parts before wholes: entities run kind by kind from the site inwards, so backwards. */
  #derive() {
    const dirty = this.#dirty;
    for (let e = dirty.lastIndexOf(1); e >= 0; e = e > 0 ? dirty.lastIndexOf(1, e - 1) : -1) {
      dirty[e] = 0;
      this.#noteChanged(e);
      workOutHost(this.state, e);
      rollUpInto(this.state, this.#rollUps, e);
      estimate(this.state, e);
      modelHost(this.state, this.#hostModels, e);
      this.#feedPlanes(e);
      const whole = this.topology.parent[e];
      if (whole >= 0) dirty[whole] = 1;
    }
  }

  #noteChanged(entity: number) {
    if (this.#isNoted[entity] === 1) return;
    this.#isNoted[entity] = 1;
    this.#changed[this.#changedCount++] = entity;
  }

  /** Hands what an entity says of itself to the planes it is in. */
  #feedPlanes(entity: number) {
    const { power, network } = this.topology.planes;
    const inPower = power.positionOf[entity];
    if (inPower >= 0) {
      const cell = this.state.cellOf(POWER, entity);
      if (cell >= 0) this.#own('power', inPower, cell);
    }
    const inNetwork = network.positionOf[entity];
    if (inNetwork >= 0 && this.topology.kind[entity] === KIND_INDEX.host) {
      const rx = this.state.cellOf(NET_RX, entity);
      const tx = this.state.cellOf(NET_TX, entity);
      if (rx >= 0 && tx >= 0) this.#own('network', inNetwork, this.#larger(rx, tx));
    }
  }

  #larger(a: number, b: number): number {
    return this.state.valueAt(a) >= this.state.valueAt(b) ? a : b;
  }

  /** A stale meter is not believed over the sum of what it supplies; a stale consumer still is. */
  #own(id: PlaneId, position: number, cell: number) {
    const { own, ownAtMs, shape } = this.state.planes[id];
    const { childStart } = shape.plane;
    const isConsumer = childStart[position] === childStart[position + 1];
    const quality = this.state.quality[cell];
    const isKnown = quality > STALE || (isConsumer && quality === STALE);
    own[position] = isKnown ? this.state.valueAt(cell) : Number.NaN;
    ownAtMs[position] = quality > STALE ? this.state.timeAt(cell) : Number.NaN;
    setBit(this.#planeChanges[id].load, position);
  }

  #close(id: PlaneId) {
    const changes = this.#planeChanges[id];
    closeChanged(this.state.planes[id], changes);
    const { entities } = this.topology.planes[id];
    for (let i = 0; i < changes.pulledCount; i++) {
      const position = changes.pulled[i];
      this.#noteChanged(entities[position]);
      if (id === 'power') this.#heat(entities[position], position);
    }
  }

  /** All power that a rack takes in leaves it as heat. */
  #heat(entity: number, powerPosition: number) {
    if (this.topology.kind[entity] !== KIND_INDEX.rack) return;
    const position = this.topology.planes.cooling.positionOf[entity];
    const { load, evidenceAtMs } = this.state.planes.power;
    this.state.planes.cooling.own[position] = load[powerPosition];
    this.state.planes.cooling.ownAtMs[position] = evidenceAtMs[powerPosition];
    setBit(this.#planeChanges.cooling.load, position);
  }

  #judge(nowMs: number) {
    for (let i = 0; i < this.#changedCount; i++) {
      this.judge.judge(this.state, this.#changed[i], nowMs);
    }
    if (nowMs - this.#uniformAtMs < UNIFORM_EVERY_MS) return;
    this.#uniformAtMs = nowMs;
    stateInventoryFacts(this.state, nowMs);
    judgeUniform(this.judge, this.state, nowMs);
  }
}
