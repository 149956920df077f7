/** Which hosts could take GPUs of a class now: one pass over the hosts, and why the others cannot. */
import { MISSING, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_COUNT, KIND_INDEX, type Kind } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { isWithin } from '../topology/walk.ts';
import type { HostTable } from './host-table.ts';
import type { Scene } from './scene.ts';

const EXCLUSIONS = [
  ...(['unschedulable', 'notReady', 'unreachable', 'poweredOff', 'limitBreached'] as const),
  ...(['drained', 'failed', 'powerUnknown'] as const),
] as const;
type Exclusion = (typeof EXCLUSIONS)[number];
const POWER_UNKNOWN = EXCLUSIONS.indexOf('powerUnknown');

/** Where the count of free GPUs comes from, the best first. */
const FREE_SOURCES = ['scheduler', 'staleScheduler', 'allocatedFlags', 'assumedFree'] as const;
export type FreeSource = (typeof FREE_SOURCES)[number];

interface Tally {
  readonly hosts: number;
  readonly gpus: number;
}

export interface Candidates {
  /** Class of GPUs, as an index into `topology.classes`. */
  readonly gpuClass: number;
  /** Containment entity that holds all candidates. */
  readonly scope: number;
  /** GPUs that can be taken, by place in the host table; 0 for hosts that are no candidates. */
  readonly free: Int32Array;
  /** Places in the host table of those that have some, ascending. */
  readonly list: Int32Array;
  /** GPUs of the class in the scope, whoever uses them, and those that can be taken. */
  readonly totalGpus: number;
  readonly freeGpus: number;
  /** Hosts of the class in the scope that are left out, with their GPUs. */
  readonly excluded: ReadonlyMap<Exclusion, Tally>;
  readonly sources: ReadonlyMap<FreeSource, Tally>;
  /** Hosts of which nothing says whether they may be scheduled on. */
  readonly unknownSchedulable: number;
}

/** Base of a column in which nothing was ever written; a whole number, as the pass is hot. */
const NO_COLUMN = -(2 ** 31);

/** Base of a column: `base + entity` is the cell. */
function baseOf(state: State, signal: string, kind: Kind): number {
  const base = state.cellBase[signalIndex(signal) * KIND_COUNT + KIND_INDEX[kind]];
  return Number.isNaN(base) ? NO_COLUMN : base | 0;
}

/** Flags of hosts that bar them when 0; a scheduler's last word counts even when it is stale. */
const HOST_FLAGS: readonly { signal: string; why: Exclusion; above: number }[] = [
  { signal: 'schedulableFlag', why: 'unschedulable', above: MISSING },
  { signal: 'nodeReadyFlag', why: 'notReady', above: MISSING },
  { signal: 'poweredOnFlag', why: 'poweredOff', above: STALE },
  { signal: 'upFlag', why: 'unreachable', above: STALE },
];

interface Columns {
  readonly free: number;
  readonly schedulable: number;
  readonly gpuAllocated: number;
  readonly gpuPresent: number;
  /** The host flags that have a column: base, word in `EXCLUSIONS`, and the quality to be above. */
  readonly flags: readonly (readonly [base: number, why: number, above: number])[];
}

function columnsOf(state: State): Columns {
  return {
    free: baseOf(state, 'gpusFreeCount', 'host'),
    schedulable: baseOf(state, 'schedulableFlag', 'host'),
    gpuAllocated: baseOf(state, 'gpuAllocatedFlag', 'gpu'),
    gpuPresent: baseOf(state, 'gpuPresentFlag', 'gpu'),
    flags: HOST_FLAGS.map(
      ({ signal, why, above }) =>
        [baseOf(state, signal, 'host'), EXCLUSIONS.indexOf(why), above] as const,
    ).filter(([base]) => base !== NO_COLUMN),
  };
}

/** Last known value of a flag; undefined when there is none. A stale one still counts. */
function flag(state: State, base: number, entity: number): number | undefined {
  if (isUnknown(state, base, entity)) return undefined;
  return state.values[base + entity];
}

const isUnknown = (state: State, base: number, entity: number) =>
  base === NO_COLUMN || state.quality[base + entity] === MISSING;

/** A flag that is current and down: only that is evidence against a GPU. */
const isDown = (state: State, base: number, entity: number) =>
  base !== NO_COLUMN && state.quality[base + entity] > STALE && state.values[base + entity] === 0;

/** Classes of GPUs that stand in a scope, in the order of `topology.classes`. */
export function gpuClassesIn(scene: Scene, scope: number): readonly number[] {
  const { hosts, topology, gpuClasses } = scene.model;
  if (topology.parent[scope] < 0 || gpuClasses.length <= 1) return gpuClasses;
  const found = new Set<number>();
  for (let i = 0; i < hosts.count; i++) {
    const gpuClass = hosts.gpuClass[i];
    if (gpuClass < 0 || found.has(gpuClass)) continue;
    if (isWithin(topology, hosts.firstHost + i, scope)) found.add(gpuClass);
  }
  return [...found].sort((a, b) => a - b);
}

/** One pass over the hosts. The arrays are the model's own: the next call overwrites them. */
export function findCandidates(scene: Scene, gpuClass: number, scope: number): Candidates {
  const { hosts, topology, free, candidateList } = scene.model;
  const { values, quality } = scene.state;
  const columns = columnsOf(scene.state);
  const breached = breachedEntities(scene);
  const excluded = new Tallies(EXCLUSIONS);
  const sources = new Tallies(FREE_SOURCES);
  const isSite = topology.parent[scope] < 0;
  const isPlain = breached.size + scene.barred.size + scene.takenGpus.size === 0 && !scene.lost;
  const isCounted = columns.free !== NO_COLUMN;
  let totalGpus = 0;
  let freeGpus = 0;
  let unknownSchedulable = 0;
  let listed = 0;
  free.fill(0);
  for (let i = 0; i < hosts.count; i++) {
    if (hosts.gpuClass[i] !== gpuClass) continue;
    const host = hosts.firstHost + i;
    if (!isSite && !isWithin(topology, host, scope)) continue;
    const all = hosts.gpuCount[i];
    totalGpus += all;
    let source = 0;
    let count = 0;
    // The usual case in a few reads: counts of a live scheduler, and nothing special about hosts.
    const cell = columns.free + host;
    if (isPlain && isCounted && quality[cell] > STALE) {
      count = Math.max(0, Math.min(all, Math.floor(values[cell])));
    } else {
      source = freeSourceOf(scene.state, columns, hosts, i);
      count = freeGpusOf(scene, columns, breached, i);
    }
    let why = isPlain ? -1 : exclusionOf(scene, breached, i);
    for (const [base, word, above] of columns.flags) {
      if (why < 0 && quality[base + host] > above && values[base + host] === 0) why = word;
    }
    if (why < 0 && Number.isNaN(hosts.perGpuW[i]) && hosts.powerPosition[i] >= 0) {
      why = POWER_UNKNOWN;
    }
    if (why >= 0) {
      excluded.add(why, count);
      continue;
    }
    sources.add(source, count);
    if (isUnknown(scene.state, columns.schedulable, host)) unknownSchedulable++;
    if (count === 0) continue;
    free[i] = count;
    freeGpus += count;
    candidateList[listed++] = i;
  }
  return {
    ...{ gpuClass, scope, free, totalGpus, freeGpus, unknownSchedulable },
    list: candidateList.subarray(0, listed),
    excluded: excluded.toMap(),
    sources: sources.toMap(),
  };
}

/** Hosts and GPUs by the position of a word in a list; plain numbers, for the pass over all hosts. */
class Tallies<T> {
  readonly #words: readonly T[];
  readonly #hosts: Float64Array;
  readonly #gpus: Float64Array;

  constructor(words: readonly T[]) {
    this.#words = words;
    this.#hosts = new Float64Array(words.length);
    this.#gpus = new Float64Array(words.length);
  }

  add(word: number, gpus: number) {
    this.#hosts[word]++;
    this.#gpus[word] += gpus;
  }

  toMap(): Map<T, Tally> {
    const tally = (_: T, i: number) => ({ hosts: this.#hosts[i], gpus: this.#gpus[i] });
    const all = this.#words.map((word, i) => [word, tally(word, i)] as const);
    return new Map(all.filter(([, { hosts }]) => hosts > 0));
  }
}

/** Hosts, racks and GPUs on which a hard limit is passed that says something about their fitness. */
function breachedEntities(scene: Scene): ReadonlySet<number> {
  const found = new Set<number>();
  for (const { limit, entity, firing } of scene.base.judge?.breaches.values() ?? []) {
    const { row } = limit;
    // Capacities and losses are judged by the overlay; polling a BMC too often harms no job.
    const isFitness = row.kind === 'bound' && row.signal !== 'bmcPollHz';
    if (firing && row.hard && isFitness) found.add(entity);
  }
  return found;
}

/** Word in `EXCLUSIONS` of what keeps a host out, but for its flags; -1: nothing. */
function exclusionOf(scene: Scene, breached: ReadonlySet<number>, i: number): number {
  const { hosts } = scene.model;
  const host = hosts.firstHost + i;
  const barred = scene.barred.get(i);
  if (barred) return EXCLUSIONS.indexOf(barred);
  if (scene.lost && scene.lost[host] === 1) return EXCLUSIONS.indexOf('failed');
  if (breached.has(host) || breached.has(hosts.rack[i])) {
    return EXCLUSIONS.indexOf('limitBreached');
  }
  return -1;
}

/** Position in `FREE_SOURCES` of what the count of a host's free GPUs stands on. */
function freeSourceOf(state: State, columns: Columns, hosts: HostTable, i: number): number {
  const cell = columns.free + hosts.firstHost + i;
  if (columns.free !== NO_COLUMN && state.quality[cell] !== MISSING) {
    return state.quality[cell] > STALE ? 0 : 1;
  }
  const end = hosts.firstGpu[i] + hosts.gpuCount[i];
  for (let gpu = hosts.firstGpu[i]; gpu < end; gpu++) {
    if (!isUnknown(state, columns.gpuAllocated, gpu)) return 2;
  }
  return 3;
}

/**
 * Free GPUs of a host: what the scheduler says; else its GPUs less those flagged as allocated, or
 * lost by the driver. GPUs on which a hard limit is passed never count.
 */
function freeGpusOf(
  scene: Scene,
  columns: Columns,
  breached: ReadonlySet<number>,
  i: number,
): number {
  const { hosts } = scene.model;
  const { state } = scene;
  const taken = scene.takenGpus.size > 0 ? (scene.takenGpus.get(i) ?? 0) : 0;
  const first = hosts.firstGpu[i];
  const end = first + hosts.gpuCount[i];
  const cell = columns.free + hosts.firstHost + i;
  if (columns.free !== NO_COLUMN && state.quality[cell] !== MISSING) {
    let fit = hosts.gpuCount[i];
    if (breached.size > 0) for (let gpu = first; gpu < end; gpu++) if (breached.has(gpu)) fit--;
    return Math.max(0, Math.floor(Math.min(state.values[cell], fit)) - taken);
  }
  let left = hosts.gpuCount[i] - taken;
  for (let gpu = first; gpu < end; gpu++) {
    const isUsed = flag(state, columns.gpuAllocated, gpu) === 1;
    if (isUsed || isDown(state, columns.gpuPresent, gpu) || breached.has(gpu)) left--;
  }
  return Math.max(0, left);
}

/** The GPUs of a host that a taker may use; undefined when nothing tells which are in use. */
export function freeGpuEntities(scene: Scene, i: number): number[] | undefined {
  const { hosts } = scene.model;
  const columns = columnsOf(scene.state);
  const breached = breachedEntities(scene);
  const gpus = Array.from({ length: hosts.gpuCount[i] }, (_, n) => hosts.firstGpu[i] + n);
  const isKnown = gpus.every(gpu => flag(scene.state, columns.gpuAllocated, gpu) !== undefined);
  if (!isKnown) return undefined;
  return gpus.filter(
    gpu => flag(scene.state, columns.gpuAllocated, gpu) === 0 && !breached.has(gpu),
  );
}
