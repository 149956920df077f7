/**
 * Mean power of a GPU, or of a host's GPUs, since the round before, from their energy counters. A power reading is
 * a moment of a load that alternates several times a second; the counter misses nothing of it.
 */
import { STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_COUNT, KIND_INDEX } from '../tables/kinds.ts';
import { CALIBRATION } from '../tables/physics/calibration.ts';
import { SIGNALS, signalIndex } from '../tables/signals.ts';
import type { Topology } from '../topology/topology.ts';
import type { Gather, Gathered } from './gather.ts';

const ENERGY = signalIndex('gpuEnergyJ');
const GPU = KIND_INDEX.gpu;
const GAP_MAX_MS = 1000 * CALIBRATION.counterGapMaxS.value;
/** Nothing that is a GPU draws more on average, W; a counter that jumps is not believed. */
const MEAN_MAX_W = SIGNALS[signalIndex('gpuPowerW')].range[1];

/** Last count of each GPU, and the mean power that it gave; NaN where it gave none. */
interface Counters {
  readonly energyJ: Float64Array;
  readonly atMs: Float64Array;
  readonly meanW: Float32Array;
}

/** @param otherwise where not all GPUs that are meant have counters that count */
export function gatherGpuMeans(topology: Topology, otherwise: Gather): Gather {
  const firstGpu = topology.kindStart[GPU];
  let counters: Counters | undefined;
  return (state, range, out) => {
    otherwise(state, range, out);
    const base = state.cellBase[ENERGY * KIND_COUNT + GPU];
    if (Number.isNaN(base)) return;
    counters ??= newCounters(topology.kindStart[GPU + 1] - firstGpu);
    for (let i = range.from; i < range.to; i++) {
      const place = { counters, base, firstGpu, entity: range.firstEntity + i };
      if (topology.kind[place.entity] === GPU) meanInto(state, place, out, i - range.from);
      else sumInto(state, place, out, i - range.from);
    }
  };
}

const newCounters = (count: number): Counters => ({
  energyJ: new Float64Array(count).fill(Number.NaN),
  atMs: new Float64Array(count).fill(Number.NaN),
  meanW: new Float32Array(count).fill(Number.NaN),
});

interface Place {
  readonly counters: Counters;
  /** Cell of the energy of a GPU, less its entity. */
  readonly base: number;
  readonly firstGpu: number;
  readonly entity: number;
}

function meanInto(
  state: State,
  { counters, base, firstGpu, entity }: Place,
  out: Gathered,
  at: number,
) {
  const gpu = entity - firstGpu;
  count(state, counters, gpu, base + entity);
  if (Number.isNaN(counters.meanW[gpu])) return;
  out.values[at] = counters.meanW[gpu];
  out.timesMs[at] = counters.atMs[gpu];
}

function sumInto(state: State, place: Place, out: Gathered, at: number) {
  const { childStart, childList, kind } = state.topology;
  let sumW = 0;
  let newestMs = Number.NaN;
  for (let c = childStart[place.entity]; c < childStart[place.entity + 1]; c++) {
    if (kind[childList[c]] !== GPU) continue;
    const gpu = childList[c] - place.firstGpu;
    count(state, place.counters, gpu, place.base + childList[c]);
    sumW += place.counters.meanW[gpu];
    newestMs = place.counters.atMs[gpu];
  }
  if (Number.isNaN(sumW) || Number.isNaN(newestMs)) return;
  out.values[at] = sumW;
  out.timesMs[at] = newestMs;
}

/** Takes a newer count, if there is one. A counter that went back has been reset. */
function count(state: State, { energyJ, atMs, meanW }: Counters, gpu: number, cell: number) {
  if (state.quality[cell] <= STALE) {
    meanW[gpu] = Number.NaN;
    return;
  }
  const nowMs = state.timeAt(cell);
  if (nowMs === atMs[gpu]) return;
  const powerW = (1000 * (state.values[cell] - energyJ[gpu])) / (nowMs - atMs[gpu]);
  const isNear = nowMs > atMs[gpu] && nowMs - atMs[gpu] <= GAP_MAX_MS;
  meanW[gpu] = isNear && powerW >= 0 && powerW <= MEAN_MAX_W ? powerW : Number.NaN;
  energyJ[gpu] = state.values[cell];
  atMs[gpu] = nowMs;
}
