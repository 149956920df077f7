/**
 * The measuring points of a site and the balance equations between them, as flat columns: built
 * once a topology. Points of one signal at one kind are neighbours, in the order of the entities.
 */
import { BALANCES, type BalanceRow, NOT_JUDGED } from '../tables/agreement.ts';
import { KIND_COUNT, KIND_INDEX, type Kind } from '../tables/kinds.ts';
import { SIGNALS, signalIndex } from '../tables/signals.ts';
import type { Topology } from '../topology/topology.ts';
import { writeBalances } from './balances.ts';
import { type Parts, runThrough } from './parts.ts';

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
  ['upsPowerW', ['ups']],
  ['powerW', ['feed', 'rack', 'row', 'hall']],
  ['supplyTempC', ['crah']],
  ['returnTempC', ['crah']],
];

const EQUATIONS_A_PART = 100_000;

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
  return runThrough(planInParts(topology, isMeasured));
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
  const { equations, families } = draft.finish();
  yield;
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
  }
  yield;
  const start = new Int32Array(count + 1);
  for (let i = 0; i < equations.point.length; i++) start[equations.point[i] + 1]++;
  for (let p = 0; p < count; p++) start[p + 1] += start[p];
  yield;
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

/** Grows typed arrays: a large site has millions of members. */
class Growing {
  array: Int32Array;
  length = 0;
  constructor(capacity: number) {
    this.array = new Int32Array(capacity);
  }
  push(value: number) {
    if (this.length === this.array.length) {
      const grown = new Int32Array(2 * this.length);
      grown.set(this.array);
      this.array = grown;
    }
    this.array[this.length++] = value;
  }
  done() {
    return this.array.slice(0, this.length);
  }
}

class EquationDraft implements Draft {
  readonly topology: Topology;
  readonly pointOf: (signal: number, entity: number) => number;
  readonly #owner = new Growing(1024);
  readonly #family = new Growing(1024);
  readonly #start = new Growing(1024);
  readonly #middle = new Growing(1024);
  readonly #point = new Growing(4096);
  #coefficient = new Float32Array(4096);
  readonly #familyOf = new Map<string, number>();
  readonly #families: { row: BalanceRow; classIndex: number; members: Growing }[] = [];

  constructor(topology: Topology, pointOf: (signal: number, entity: number) => number) {
    this.topology = topology;
    this.pointOf = pointOf;
    this.#start.push(0);
  }

  add(balance: string, owner: number, left: readonly Term[], right: readonly Term[]) {
    const isMean = BALANCES[BALANCE_INDEX.get(balance) ?? -1]?.isMean;
    const present = isMean ? right.filter(([point]) => point >= 0) : right;
    if (left.length === 0 || present.length === 0) return;
    for (const [point] of left) if (point < 0) return;
    for (const [point] of present) if (point < 0) return;
    const family = this.#familyFor(balance, this.topology.classIndex[owner]);
    this.#families[family].members.push(this.#owner.length);
    this.#owner.push(owner);
    this.#family.push(family);
    this.#terms(left);
    this.#middle.push(this.#point.length);
    this.#terms(present);
    this.#start.push(this.#point.length);
  }

  #familyFor(balance: string, classIndex: number): number {
    const index = BALANCE_INDEX.get(balance);
    if (index === undefined) throw new RangeError(`unknown balance '${balance}'`);
    const key = `${balance} ${classIndex}`;
    let family = this.#familyOf.get(key);
    if (family === undefined) {
      family = this.#families.length;
      this.#families.push({ row: BALANCES[index], classIndex, members: new Growing(16) });
      this.#familyOf.set(key, family);
    }
    return family;
  }

  #terms(terms: readonly Term[]) {
    for (const [point, coefficient] of terms) {
      if (this.#point.length === this.#coefficient.length) {
        const grown = new Float32Array(2 * this.#coefficient.length);
        grown.set(this.#coefficient);
        this.#coefficient = grown;
      }
      this.#coefficient[this.#point.length] = coefficient;
      this.#point.push(point);
    }
  }

  finish(): { equations: Equations; families: readonly Family[] } {
    return {
      equations: {
        count: this.#owner.length,
        owner: this.#owner.done(),
        family: new Uint16Array(this.#family.done()),
        start: this.#start.done(),
        middle: this.#middle.done(),
        point: this.#point.done(),
        coefficient: this.#coefficient.slice(0, this.#point.length),
      },
      families: this.#families.map(({ row, classIndex, members }) => ({
        ...{ row, classIndex, members: members.done() },
      })),
    };
  }
}
