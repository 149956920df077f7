/** What follows from the parts of a host: free GPUs, and which of its GPUs report. */
import type { Marks } from '../state/marks.ts';
import { DERIVED, MISSING, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';

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

/** free = allocatable - allocated; a host on which nothing runs may report no allocation at all. */
export function freeGpus(state: State, marks: Marks, host: number) {
  const free = state.cellOf(FREE, host);
  const allocatable = state.cellOf(ALLOCATABLE, host);
  if (free < 0 || allocatable < 0) return;
  const allocated = state.cellOf(ALLOCATED, host);
  const isKnown = allocated >= 0 && state.quality[allocated] !== MISSING;
  const used = isKnown ? state.valueAt(allocated) : 0;
  const value = Math.max(0, state.valueAt(allocatable) - used);
  const quality = Math.min(state.quality[allocatable], DERIVED);
  marks.set(free, value, state.timeAt(allocatable), quality);
}

/**
 * A GPU is absent when it is silent while others of its host report: the exporter is up, and has
 * lost it. Where the whole host is silent nothing is known of its GPUs.
 * @param noted called with GPUs of which something new is known: a lost one says nothing itself
 */
export function presentGpus(
  state: State,
  marks: Marks,
  host: number,
  noted: (gpu: number) => void,
) {
  const { childStart, childList, kind } = state.topology;
  let newestMs = 0;
  for (let i = childStart[host]; i < childStart[host + 1]; i++) {
    if (kind[childList[i]] !== KIND_INDEX.gpu) continue;
    if (state.cellOf(PRESENT, childList[i]) < 0) return;
    newestMs = Math.max(newestMs, lifeSignAtMs(state, childList[i]));
  }
  for (let i = childStart[host]; i < childStart[host + 1]; i++) {
    if (kind[childList[i]] !== KIND_INDEX.gpu) continue;
    const isPresent = lifeSignAtMs(state, childList[i]) > 0;
    const cell = state.cellOf(PRESENT, childList[i]);
    const isNew =
      newestMs > 0 ? marks.set(cell, isPresent ? 1 : 0, newestMs, DERIVED) : marks.setMissing(cell);
    if (isNew) noted(childList[i]);
  }
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
