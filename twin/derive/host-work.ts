/** What follows from the parts of a host: free GPUs, and which of its GPUs report. */
import { DERIVED, MISSING, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { childrenOfKind } from '../topology/walk.ts';

const ALLOCATABLE = signalIndex('gpusAllocatableCount');
const ALLOCATED = signalIndex('gpusAllocatedCount');
const FREE = signalIndex('gpusFreeCount');
const PRESENT = signalIndex('gpuPresentFlag');
/** A GPU that gives any of these is there. */
const LIFE_SIGNS = ['gpuTempC', 'gpuPowerW', 'utilRatio'].map(signalIndex);

export function planHostWork(state: State) {
  const has = (signal: number) => state.columns.some(c => c.signal === signal);
  if (has(ALLOCATABLE)) state.ensureColumn(FREE, KIND_INDEX.host);
  if (LIFE_SIGNS.some(has)) state.ensureColumn(PRESENT, KIND_INDEX.gpu);
}

export function workOutHost(state: State, entity: number) {
  if (state.topology.kind[entity] !== KIND_INDEX.host) return;
  freeGpus(state, entity);
  presentGpus(state, entity);
}

/** free = allocatable - allocated; a host on which nothing runs may report no allocation at all. */
function freeGpus(state: State, host: number) {
  const free = state.cellOf(FREE, host);
  const allocatable = state.cellOf(ALLOCATABLE, host);
  if (free < 0 || allocatable < 0) return;
  const allocated = state.cellOf(ALLOCATED, host);
  const isKnown = allocated >= 0 && state.quality[allocated] !== MISSING;
  const used = isKnown ? state.valueAt(allocated) : 0;
  state.cells[2 * free] = Math.max(0, state.valueAt(allocatable) - used);
  state.cells[2 * free + 1] = state.timeAt(allocatable);
  state.quality[free] = Math.min(state.quality[allocatable], DERIVED);
}

/**
 * A GPU is absent when it is silent while others of its host report: the exporter is up, and has
 * lost it. Where the whole host is silent nothing is known of its GPUs.
 */
function presentGpus(state: State, host: number) {
  const gpus = childrenOfKind(state.topology, host, KIND_INDEX.gpu);
  if (gpus.length === 0 || state.cellOf(PRESENT, gpus[0]) < 0) return;
  const latest = gpus.map(gpu => lifeSignAtMs(state, gpu));
  const newestMs = Math.max(...latest);
  gpus.forEach((gpu, i) => {
    const cell = state.cellOf(PRESENT, gpu);
    state.cells[2 * cell] = latest[i] > 0 ? 1 : 0;
    state.cells[2 * cell + 1] = newestMs;
    state.quality[cell] = newestMs > 0 ? DERIVED : MISSING;
  });
}

/** Time of the newest current life sign; 0 when there is none. */
function lifeSignAtMs(state: State, gpu: number): number {
  let newest = 0;
  for (const signal of LIFE_SIGNS) {
    const cell = state.cellOf(signal, gpu);
    if (cell >= 0 && state.quality[cell] > STALE) newest = Math.max(newest, state.timeAt(cell));
  }
  return newest;
}
