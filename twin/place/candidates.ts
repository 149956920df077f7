/** Which hosts could take GPUs of a class now: one pass over the hosts, and why the others cannot. */
import { MISSING, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_COUNT, KIND_INDEX, type Kind } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { isWithin } from '../topology/walk.ts';
import type { Scene } from './scene.ts';

export const EXCLUSIONS = [
  ...(['unschedulable', 'notReady', 'unreachable', 'poweredOff', 'limitBreached'] as const),
  ...(['drained', 'failed', 'powerUnknown'] as const),
] as const;
export type Exclusion = (typeof EXCLUSIONS)[number];

/** Where the count of free GPUs comes from, the best first. */
export type FreeSource = 'scheduler' | 'staleScheduler' | 'allocatedFlags' | 'assumedFree';

export interface Tally {
  hosts: number;
  gpus: number;
}

export interface Candidates {
  /** Class of GPUs, as an index into `topology.classes`. */
  readonly gpuClass: number;
  /** Containment entity that holds all candidates. */
  readonly scope: number;
  /** GPUs that can be taken, by place in the host table; 0 for hosts that are no candidates. */
  readonly free: Int32Array;
  /** GPUs of the class in the scope, whoever uses them, and those that can be taken. */
  readonly totalGpus: number;
  readonly freeGpus: number;
  /** Hosts of the class in the scope that are left out, with their GPUs. */
  readonly excluded: ReadonlyMap<Exclusion, Tally>;
  readonly sources: ReadonlyMap<FreeSource, Tally>;
  /** Hosts of which nothing says whether they may be scheduled on. */
  readonly unknownSchedulable: number;
}

/** Base of a column: `base + entity` is the cell; NaN where nothing was ever written. */
const baseOf = (state: State, signal: string, kind: Kind) =>
  state.cellBase[signalIndex(signal) * KIND_COUNT + KIND_INDEX[kind]];

interface Columns {
  readonly free: number;
  readonly schedulable: number;
  readonly ready: number;
  readonly up: number;
  readonly poweredOn: number;
  readonly gpuAllocated: number;
  readonly gpuPresent: number;
}

function columnsOf(state: State): Columns {
  return {
    free: baseOf(state, 'gpusFreeCount', 'host'),
    schedulable: baseOf(state, 'schedulableFlag', 'host'),
    ready: baseOf(state, 'nodeReadyFlag', 'host'),
    up: baseOf(state, 'upFlag', 'host'),
    poweredOn: baseOf(state, 'poweredOnFlag', 'host'),
    gpuAllocated: baseOf(state, 'gpuAllocatedFlag', 'gpu'),
    gpuPresent: baseOf(state, 'gpuPresentFlag', 'gpu'),
  };
}

/** Last known value of a flag; undefined when there is none. A stale one still counts. */
function flag(state: State, base: number, entity: number): number | undefined {
  if (Number.isNaN(base) || state.quality[base + entity] === MISSING) return undefined;
  return state.cells[2 * (base + entity)];
}

/** A flag that is current and down: only that is evidence against a host. */
const isDown = (state: State, base: number, entity: number) =>
  !Number.isNaN(base) &&
  state.quality[base + entity] > STALE &&
  state.cells[2 * (base + entity)] === 0;

/** Classes of GPUs that stand in a scope, in the order of `topology.classes`. */
export function gpuClassesIn(scene: Scene, scope: number): number[] {
  const { hosts, topology } = scene.model;
  const found = new Set<number>();
  for (let i = 0; i < hosts.count; i++) {
    const gpuClass = hosts.gpuClass[i];
    if (gpuClass < 0 || found.has(gpuClass)) continue;
    if (isWithin(topology, hosts.firstHost + i, scope)) found.add(gpuClass);
  }
  return [...found].sort((a, b) => a - b);
}

/** One pass over the hosts. The array `free` is the model's own: the next call overwrites it. */
export function findCandidates(scene: Scene, gpuClass: number, scope: number): Candidates {
  const { hosts, topology, free } = scene.model;
  const columns = columnsOf(scene.state);
  const breached = breachedEntities(scene);
  const excluded = new Map<Exclusion, Tally>();
  const sources = new Map<FreeSource, Tally>();
  const isSite = topology.parent[scope] < 0;
  let totalGpus = 0;
  let freeGpus = 0;
  let unknownSchedulable = 0;
  for (let i = 0; i < hosts.count; i++) {
    free[i] = 0;
    if (hosts.gpuClass[i] !== gpuClass) continue;
    if (!isSite && !isWithin(topology, hosts.firstHost + i, scope)) continue;
    totalGpus += hosts.gpuCount[i];
    const [count, source] = freeGpusOf(scene, columns, breached, i);
    const why = exclusionOf(scene, columns, breached, i);
    if (why) {
      tally(excluded, why, count);
      continue;
    }
    free[i] = count;
    freeGpus += count;
    tally(sources, source, count);
    if (flag(scene.state, columns.schedulable, hosts.firstHost + i) === undefined) {
      unknownSchedulable++;
    }
  }
  return { gpuClass, scope, free, totalGpus, freeGpus, excluded, sources, unknownSchedulable };
}

function tally<K>(tallies: Map<K, Tally>, key: K, gpus: number) {
  const at = tallies.get(key);
  if (at) {
    at.hosts++;
    at.gpus += gpus;
  } else tallies.set(key, { hosts: 1, gpus });
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

function exclusionOf(
  scene: Scene,
  columns: Columns,
  breached: ReadonlySet<number>,
  i: number,
): Exclusion | undefined {
  const { hosts } = scene.model;
  const { state } = scene;
  const host = hosts.firstHost + i;
  const barred = scene.barred.size > 0 ? scene.barred.get(i) : undefined;
  if (barred) return barred;
  if (scene.lost && scene.lost[host] === 1) return 'failed';
  if (flag(state, columns.schedulable, host) === 0) return 'unschedulable';
  if (flag(state, columns.ready, host) === 0) return 'notReady';
  if (isDown(state, columns.poweredOn, host)) return 'poweredOff';
  if (isDown(state, columns.up, host)) return 'unreachable';
  if (breached.size > 0 && (breached.has(host) || breached.has(hosts.rack[i]))) {
    return 'limitBreached';
  }
  if (hosts.powerPosition[i] >= 0 && Number.isNaN(hosts.perGpuW[i])) return 'powerUnknown';
  return undefined;
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
): readonly [number, FreeSource] {
  const { hosts } = scene.model;
  const { state } = scene;
  const taken = scene.takenGpus.size > 0 ? (scene.takenGpus.get(i) ?? 0) : 0;
  const first = hosts.firstGpu[i];
  const end = first + hosts.gpuCount[i];
  let unfit = 0;
  if (breached.size > 0) for (let gpu = first; gpu < end; gpu++) if (breached.has(gpu)) unfit++;
  const counted = flag(state, columns.free, hosts.firstHost + i);
  if (counted !== undefined) {
    const isCurrent = state.quality[columns.free + hosts.firstHost + i] > STALE;
    const least = Math.min(counted, hosts.gpuCount[i] - unfit) - taken;
    return [Math.max(0, Math.floor(least)), isCurrent ? 'scheduler' : 'staleScheduler'];
  }
  let used = 0;
  let isFlagged = false;
  for (let gpu = first; gpu < end; gpu++) {
    const allocated = flag(state, columns.gpuAllocated, gpu);
    if (allocated !== undefined) isFlagged = true;
    if (allocated === 1 || isDown(state, columns.gpuPresent, gpu) || breached.has(gpu)) used++;
  }
  const left = Math.max(0, hosts.gpuCount[i] - used - taken);
  return [left, isFlagged ? 'allocatedFlags' : 'assumedFree'];
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
