/**
 * The live twin: values in, derived values, closure and verdicts out. No clock of its own: whoever
 * drives it says what time it is.
 */

import { markAll, markOwn, type PlaneChanges, planeChanges } from './closure/changes.ts';
import { CLOSURE_PARTS, closePlane } from './closure/pass.ts';
import { closureShape } from './closure/shape.ts';
import { type CoolingUnit, modelCooling, planCoolingModel } from './derive/cooling-model.ts';
import { estimate, planEstimates } from './derive/estimate.ts';
import { type FacilityPlan, planFacility, workOutFacility } from './derive/facility.ts';
import { Fragmentation } from './derive/fragmentation.ts';
import {
  type HostModels,
  type LearnedPower,
  modelHost,
  planHostModels,
} from './derive/host-model.ts';
import { freeGpus, planHostWork, presentGpus } from './derive/host-work.ts';
import { stateInventoryFacts } from './derive/inventory-facts.ts';
import { markGrown, planRollUps, type RollUpPlan, rollUpInto } from './derive/roll-up.ts';
import { isSwitch, Switches } from './derive/switches.ts';
import { Judge, type Judgement } from './limits/judge.ts';
import { fillCapacities, type LimitTable, resolveLimits } from './limits/thresholds.ts';
import { UniformSweep } from './limits/uniform.ts';
import { atOnce } from './parts.ts';
import { Ageing } from './state/ageing.ts';
import { Marks } from './state/marks.ts';
import { MEASURED, MISSING, STALE } from './state/quality.ts';
import { State } from './state/state.ts';
import { KIND_INDEX } from './tables/kinds.ts';
import { signalIndex } from './tables/signals.ts';
import { PLANE_IDS, type PlaneId } from './topology/plane.ts';
import type { Topology } from './topology/topology.ts';

const POWER = signalIndex('powerW');
const NET_RX = signalIndex('netRxBytesPerS');
const NET_TX = signalIndex('netTxBytesPerS');
const FACTS_EVERY_MS = 60_000;
/** Some milliseconds of work. */
const ENTITIES_A_PART = 1024;

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
  /** What calibration knows of hosts without a meter; the class says it where this is not set. */
  hostPowerOf: LearnedPower | undefined;
  /** What the tick under way, or the next one, works out. */
  readonly #marks: Marks;
  /** What has come in since that tick began. */
  readonly #fresh: Marks;
  readonly #planeChanges: Readonly<Record<PlaneId, PlaneChanges>>;
  readonly #changed: Int32Array;
  #changedCount = 0;
  readonly #isNoted: Uint8Array;
  readonly #ageing: Ageing;
  readonly #hostModels: HostModels;
  readonly #coolingUnits: readonly CoolingUnit[];
  #rollUps: RollUpPlan = [];
  #facility: FacilityPlan;
  readonly #fragmentation: Fragmentation;
  readonly #switches: Switches;
  readonly #uniform: UniformSweep;
  #plannedColumns = -1;
  #factsAtMs = Number.NEGATIVE_INFINITY;

  constructor(topology: Topology) {
    this.topology = topology;
    const shape = closureShape(topology);
    this.state = new State(topology, shape);
    this.limits = resolveLimits(topology);
    this.judge = new Judge(this.limits);
    this.#marks = new Marks(this.state);
    this.#fresh = new Marks(this.state);
    this.#uniform = new UniformSweep(this.judge, this.state);
    this.#changed = new Int32Array(topology.count);
    this.#isNoted = new Uint8Array(topology.count);
    const changes = PLANE_IDS.map(id => [id, planeChanges(shape.planes[id])] as const);
    this.#planeChanges = Object.fromEntries(changes) as Record<PlaneId, PlaneChanges>;
    this.#ageing = new Ageing(this.state, this.#marks);
    this.#hostModels = planHostModels(this.state);
    this.#coolingUnits = planCoolingModel(this.state);
    this.#facility = planFacility(this.state);
    this.#fragmentation = new Fragmentation(this.state);
    this.#switches = new Switches(this.state);
    for (const id of PLANE_IDS) {
      const results = this.state.planes[id];
      fillCapacities(this.limits, topology, topology.planes[id], results.limit);
      closePlane(results);
      markAll(this.#planeChanges[id]);
    }
    this.#marks.all();
  }

  /** Takes a measured value; the caller has judged it fit (range, time order). */
  write(cell: number, entity: number, value: number, atMs: number) {
    this.state.put(cell, value, atMs, MEASURED);
    this.#fresh.column(cell);
    this.#fresh.entity(entity);
  }

  /** The source says that the series has ended. */
  markStale(cell: number, entity: number) {
    if (this.state.quality[cell] <= STALE) return;
    this.state.setQuality(cell, STALE);
    this.#fresh.column(cell);
    this.#fresh.whole(entity);
  }

  /** Marks an entity as changed in any of its signals, so that the next tick works it out again. */
  touch(entity: number) {
    this.#fresh.columns.fill(1);
    this.#fresh.whole(entity);
  }

  /** Values have come in by another door (a snapshot, the journal): the next tick goes over all. */
  touchAll() {
    this.#fresh.all();
    this.#ageing.forget();
  }

  /** Ages values, derives, closes and judges everything that changed since the last tick. */
  tick(nowMs: number): Tick {
    return atOnce(this.tickInParts(nowMs));
  }

  /**
   * A tick with pauses, in which values may be written: they are worked out by the next one. Until
   * it is done, closure and verdicts are of no instant, and there must be no other tick.
   */
  *tickInParts(nowMs: number): Generator<void, Tick> {
    for (let i = 0; i < this.#changedCount; i++) this.#isNoted[this.#changed[i]] = 0;
    this.#changedCount = 0;
    const marks = this.#marks;
    marks.absorb(this.#fresh);
    this.#stateFacts(nowMs);
    yield;
    yield* this.#ageing.sweep(nowMs);
    this.#plan();
    yield;
    yield* this.#derive(nowMs);
    for (const id of PLANE_IDS) yield* this.#close(id);
    workOutFacility(this.state, marks, this.#facility, entity => this.#noteChanged(entity));
    yield* this.#judge(nowMs);
    marks.clearColumns();
    // Heat follows from power, so cooling units that no meter reads are a tick behind.
    modelCooling(this.state, marks, this.#coolingUnits);
    return {
      atMs: nowMs,
      changed: this.#changed.slice(0, this.#changedCount),
      ...this.judge.advance(nowMs),
    };
  }

  #stateFacts(nowMs: number) {
    if (nowMs - this.#factsAtMs < FACTS_EVERY_MS) return;
    this.#factsAtMs = nowMs;
    stateInventoryFacts(this.state, this.#marks, nowMs);
  }

  /** Whatever has a value in a new column is marked since it was written. */
  #plan() {
    const { state } = this;
    if (state.columns.length === this.#plannedColumns) return;
    const before = this.#rollUps;
    do {
      this.#plannedColumns = state.columns.length;
      planHostWork(state);
      planEstimates(state);
      this.#rollUps = planRollUps(state);
      this.#facility = planFacility(state);
      this.#fragmentation.plan();
      this.#switches.plan();
      // the columns that are made here may feed others
    } while (state.columns.length > this.#plannedColumns);
    markGrown(this.#marks, before, this.#rollUps);
  }

  /** Parts before wholes: entities run kind by kind from the site inwards, so backwards. */
  *#derive(nowMs: number): Generator<void, void> {
    const marks = this.#marks;
    const powers = { models: this.#hostModels, learned: this.hostPowerOf };
    const noted = (entity: number) => this.#noteChanged(entity);
    let done = 0;
    const { kind, parent, count } = this.topology;
    for (let e = marks.last(count - 1); e >= 0; e = marks.last(e - 1)) {
      const hasNewParts = marks.take(e);
      this.#noteChanged(e);
      if (kind[e] === KIND_INDEX.host) freeGpus(this.state, marks, e);
      if (kind[e] === KIND_INDEX.host && hasNewParts) presentGpus(this.state, marks, e, noted);
      if (hasNewParts) rollUpInto(this.state, marks, this.#rollUps, e);
      estimate(this.state, marks, e);
      modelHost(this.state, marks, powers, e);
      this.#feedPlanes(e);
      if (kind[e] === KIND_INDEX.host) this.#fragmentation.host(e);
      else if (isSwitch(kind[e])) this.#switches.take(marks, e, nowMs);
      if (parent[e] >= 0) marks.whole(parent[e]);
      if (++done % ENTITIES_A_PART === 0) yield;
    }
    this.#fragmentation.write(marks, nowMs);
    this.#switches.write(marks, nowMs);
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
      if (rx >= 0 || tx >= 0) this.#own('network', inNetwork, this.#larger(rx, tx));
    }
  }

  /** Of two cells, of which one may not be there (-1), that with the larger value. */
  #larger(a: number, b: number): number {
    if (a < 0 || b < 0) return Math.max(a, b);
    if (this.state.quality[a] === MISSING) return b;
    if (this.state.quality[b] === MISSING) return a;
    return this.state.valueAt(a) >= this.state.valueAt(b) ? a : b;
  }

  /** A stale meter is not believed over the sum of what it supplies; a stale consumer still is. */
  #own(id: PlaneId, position: number, cell: number) {
    const { isOwn, load, evidenceAtMs, shape } = this.state.planes[id];
    const { childStart } = shape.plane;
    const isConsumer = childStart[position] === childStart[position + 1];
    const quality = this.state.quality[cell];
    const isKnown = quality > STALE || (isConsumer && quality === STALE);
    const value = isKnown ? this.state.valueAt(cell) : Number.NaN;
    const atMs = quality > STALE ? this.state.timeAt(cell) : Number.NaN;
    const isSaid = isOwn[position] === 1;
    const isSame = isSaid
      ? load[position] === value && Object.is(evidenceAtMs[position], atMs)
      : Number.isNaN(value);
    if (!isSame) markOwn(this.#planeChanges[id], position, value, atMs);
  }

  *#close(id: PlaneId): Generator<void, void> {
    const changes = this.#planeChanges[id];
    for (const part of CLOSURE_PARTS) {
      // Anew each time: a new column may have moved the buffer in the pause.
      part(this.state.planes[id], changes);
      yield;
    }
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
    const [heatW, atMs] = [load[powerPosition], evidenceAtMs[powerPosition]];
    markOwn(this.#planeChanges.cooling, position, heatW, atMs);
  }

  *#judge(nowMs: number): Generator<void, void> {
    const { columns } = this.#marks;
    for (let at = 0; at < this.#changedCount; at += ENTITIES_A_PART) {
      const entities = this.#changed.subarray(at, this.#changedCount).subarray(0, ENTITIES_A_PART);
      this.judge.judge(this.state, { entities, count: entities.length, columns }, nowMs);
      yield;
    }
    this.#uniform.step(nowMs);
    yield;
  }
}
