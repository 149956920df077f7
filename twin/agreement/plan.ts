/**
 * The measuring points of a site and the balance equations between them, as flat columns: built
 * once a topology. Points of one signal at one kind are neighbours, in the order of the entities.
 */

import { atOnce, type Parts, partsOf } from '../parts.ts';
import { BALANCES, type BalanceRow, NOT_JUDGED } from '../tables/agreement.ts';
import { KIND_COUNT, KIND_INDEX, type Kind } from '../tables/kinds.ts';
import { SIGNALS, signalIndex } from '../tables/signals.ts';
import type { Topology } from '../topology/topology.ts';
import { writeBalances } from './balances.ts';

export interface PointColumn {
  readonly signal: number;
  readonly kind: number;
  readonly firstPoint: number;
  readonly firstEntity: number;
  readonly count: number;
}

export interface Points {
  readonly count: number;
  readonly columns: readonly PointColumn[];
  readonly entity: Int32Array;
  readonly signal: Uint16Array;
  /** Equations of point `p`: `equations[start[p] .. start[p + 1])`. */
  readonly start: Int32Array;
  readonly equations: Int32Array;
}

/** One kind of balance for one class of things: what is learnt in common. */
export interface Family {
  readonly row: BalanceRow;
  readonly classIndex: number;
  /** Equations of this family, in order. */
  readonly members: Int32Array;
}

export interface Equations {
  readonly count: number;
  /** The thing that an equation is about. */
  readonly owner: Int32Array;
  readonly family: Uint16Array;
  /** Members left of the sign: `[start[e], middle[e])`; right of it: `[middle[e], start[e + 1])`. */
  readonly start: Int32Array;
  readonly middle: Int32Array;
  readonly point: Int32Array;
  readonly coefficient: Float32Array;
}

export interface AgreementPlan {
  readonly topology: Topology;
  readonly points: Points;
  readonly equations: Equations;
  readonly families: readonly Family[];
  /** Point of a signal of an entity, or -1. */
  pointOf(signal: number, entity: number): number;
}

/** Every measuring point that takes part in a balance. */
const MEASURED_AT: readonly (readonly [signal: string, kinds: readonly Kind[]])[] = [
  ['gpuPowerW', ['gpu']],
  ['gpuEnergyJ', ['gpu']],
  ['gpuTempC', ['gpu']],
  ['smActiveRatio', ['gpu']],
  ['gpuMemTempC', ['gpu']],
  ['bmcPowerW', ['host']],
  ['dcmiPowerW', ['host']],
  ['cpuPowerW', ['host']],
  ['cpuUtilRatio', ['host']],
  ['inletTempC', ['host', 'rack']],
  ['exhaustTempC', ['host', 'rack']],
  ['psuInputPowerW', ['psu']],
  ['outletPowerW', ['psu', 'tor', 'eor', 'spine']],
  ['pduPowerW', ['pdu']],
  ['unwiredOutletPowerW', ['pdu']],
  ['upsPowerW', ['ups']],
  ['powerW', ['feed', 'rack', 'row', 'hall']],
  ['supplyTempC', ['crah']],
  ['returnTempC', ['crah']],
];

const EQUATIONS_A_PART = 100_000;
const MEMBERS_A_PART = 250_000;

/** Counters: their points hold the rate, W for J. */
export const COUNTER_SIGNAL = signalIndex('gpuEnergyJ');

const NOT_JUDGED_SIGNALS: ReadonlySet<number> = new Set(NOT_JUDGED.map(signalIndex));

/** Whether a signal is a meter that may lie. */
export const isJudged = (signal: number) => !NOT_JUDGED_SIGNALS.has(signal);

/** Receives the equations one by one. */
export interface Draft {
  readonly topology: Topology;
  pointOf(signal: number, entity: number): number;
  /** Coefficients left of the sign, then right of it. A point of -1 makes it void, or is left out of a mean. */
  add(balance: string, owner: number, left: readonly Term[], right: readonly Term[]): void;
}

export type Term = readonly [point: number, coefficient: number];

/**
 * @param isMeasured whether anything measures this signal at this kind (an index into `KINDS`); what
 * nothing measures takes no room. Everything may be measured when absent.
 */
export function planAgreement(
  topology: Topology,
  isMeasured: (signal: number, kind: number) => boolean = () => true,
): AgreementPlan {
  return atOnce(planInParts(topology, isMeasured));
}

/** The same with pauses: a large site has millions of equations. */
export function* planInParts(
  topology: Topology,
  isMeasured: (signal: number, kind: number) => boolean,
): Parts<AgreementPlan> {
  const columns = layOutPoints(topology, isMeasured);
  const base = new Float64Array(SIGNALS.length * KIND_COUNT).fill(Number.NaN);
  for (const c of columns) base[c.signal * KIND_COUNT + c.kind] = c.firstPoint - c.firstEntity;
  const pointOf = (signal: number, entity: number) => {
    const first = entity < 0 ? Number.NaN : base[signal * KIND_COUNT + topology.kind[entity]];
    return Number.isNaN(first) ? -1 : first + entity;
  };
  const draft = new EquationDraft(topology, pointOf);
  yield* writeBalances(draft);
  const { equations, families } = yield* draft.finish();
  const points = yield* indexPoints(columns, equations);
  return { topology, points, equations, families, pointOf };
}

function layOutPoints(
  { kindStart }: Topology,
  isMeasured: (signal: number, kind: number) => boolean,
): PointColumn[] {
  const columns: PointColumn[] = [];
  let firstPoint = 0;
  for (const [signal, kinds] of MEASURED_AT) {
    for (const kind of kinds.map(id => KIND_INDEX[id])) {
      const count = kindStart[kind + 1] - kindStart[kind];
      if (count === 0 || !isMeasured(signalIndex(signal), kind)) continue;
      const firstEntity = kindStart[kind];
      columns.push({ signal: signalIndex(signal), kind, firstPoint, firstEntity, count });
      firstPoint += count;
    }
  }
  return columns;
}

function* indexPoints(columns: readonly PointColumn[], equations: Equations): Parts<Points> {
  const last = columns.at(-1);
  const count = last ? last.firstPoint + last.count : 0;
  const entity = new Int32Array(count);
  const signal = new Uint16Array(count);
  for (const column of columns) {
    for (let i = 0; i < column.count; i++) entity[column.firstPoint + i] = column.firstEntity + i;
    signal.fill(column.signal, column.firstPoint, column.firstPoint + column.count);
    yield;
  }
  const start = new Int32Array(count + 1);
  for (const [from, to] of partsOf(0, equations.point.length, MEMBERS_A_PART)) {
    for (let i = from; i < to; i++) start[equations.point[i] + 1]++;
    yield;
  }
  for (const [from, to] of partsOf(0, count, MEMBERS_A_PART)) {
    for (let p = from; p < to; p++) start[p + 1] += start[p];
    yield;
  }
  const list = new Int32Array(equations.point.length);
  const next = start.slice();
  for (let e = 0; e < equations.count; e++) {
    if (e % EQUATIONS_A_PART === 0) yield;
    for (let i = equations.start[e]; i < equations.start[e + 1]; i++) {
      list[next[equations.point[i]]++] = e;
    }
  }
  return { count, columns, entity, signal, start, equations: list };
}

const BALANCE_INDEX: ReadonlyMap<string, number> = new Map(BALANCES.map((row, i) => [row.id, i]));

const BLOCK = 4096;
const BLOCKS_A_PART = 64;

/** Grows by blocks: to double an array of millions of members takes a tenth of a second. */
class Growing<A extends Int32Array | Uint16Array | Float32Array> {
  length = 0;
  readonly #make: (length: number) => A;
  readonly #blocks: A[] = [];
  #last: A;

  constructor(make: (length: number) => A) {
    this.#make = make;
    this.#last = make(0);
  }

  push(value: number) {
    const at = this.length++ % BLOCK;
    if (at === 0) {
      this.#last = this.#make(BLOCK);
      this.#blocks.push(this.#last);
    }
    this.#last[at] = value;
  }

  *done(): Parts<A> {
    const all = this.#make(this.length);
    for (const [i, block] of this.#blocks.entries()) {
      all.set(block.subarray(0, this.length - BLOCK * i), BLOCK * i);
      if (i % BLOCKS_A_PART === BLOCKS_A_PART - 1) yield;
    }
    return all;
  }
}

const growingInts = () => new Growing(length => new Int32Array(length));

/** Number of an entity among those of its kind within the same parent. */
function placeOf({ kind, parent, kindStart }: Topology, entity: number): number {
  let place = 0;
  for (let e = entity - 1; e >= kindStart[kind[entity]] && parent[e] === parent[entity]; e--) {
    place++;
  }
  return place;
}

/** An index of a class has 16 bits; -1 is none. */
const CLASS_NUMBERS = 2 ** 16;

interface DraftFamily {
  readonly row: BalanceRow;
  readonly classIndex: number;
  readonly members: Growing<Int32Array>;
}

const isPresent = (term: Term) => term[0] >= 0;

class EquationDraft implements Draft {
  readonly topology: Topology;
  readonly pointOf: (signal: number, entity: number) => number;
  readonly #owner = growingInts();
  readonly #family = new Growing(length => new Uint16Array(length));
  readonly #start = growingInts();
  readonly #middle = growingInts();
  readonly #point = growingInts();
  readonly #coefficient = new Growing(length => new Float32Array(length));
  readonly #familyOf = new Map<number, number>();
  readonly #families: DraftFamily[] = [];

  constructor(topology: Topology, pointOf: (signal: number, entity: number) => number) {
    this.topology = topology;
    this.pointOf = pointOf;
    this.#start.push(0);
  }

  add(balance: string, owner: number, left: readonly Term[], right: readonly Term[]) {
    const index = BALANCE_INDEX.get(balance);
    if (index === undefined) throw new RangeError(`unknown balance '${balance}'`);
    const present = BALANCES[index].isMean ? right.filter(isPresent) : right;
    if (left.length === 0 || present.length === 0) return;
    if (!left.every(isPresent) || !present.every(isPresent)) return;
    const family = this.#familyFor(index, owner);
    this.#families[family].members.push(this.#owner.length);
    this.#owner.push(owner);
    this.#family.push(family);
    this.#terms(left);
    this.#middle.push(this.#point.length);
    this.#terms(present);
    this.#start.push(this.#point.length);
  }

  /** For performance by one number, and not by a text for each of millions. */
  #familyFor(index: number, owner: number): number {
    const { topology } = this;
    const classIndex = topology.classIndex[owner];
    const place = BALANCES[index].isByPlace ? placeOf(topology, owner) : 0;
    const key = (place * CLASS_NUMBERS + classIndex + 1) * BALANCES.length + index;
    let family = this.#familyOf.get(key);
    if (family === undefined) {
      family = this.#families.length;
      this.#families.push({ row: BALANCES[index], classIndex, members: growingInts() });
      this.#familyOf.set(key, family);
    }
    return family;
  }

  #terms(terms: readonly Term[]) {
    for (let i = 0; i < terms.length; i++) {
      this.#point.push(terms[i][0]);
      this.#coefficient.push(terms[i][1]);
    }
  }

  *finish(): Parts<{ equations: Equations; families: readonly Family[] }> {
    const equations = {
      count: this.#owner.length,
      owner: yield* this.#owner.done(),
      family: yield* this.#family.done(),
      start: yield* this.#start.done(),
      middle: yield* this.#middle.done(),
      point: yield* this.#point.done(),
      coefficient: yield* this.#coefficient.done(),
    };
    const families: Family[] = [];
    for (const { row, classIndex, members } of this.#families) {
      families.push({ row, classIndex, members: yield* members.done() });
    }
    return { equations, families };
  }
}
