/** What GPUs draw in the minute that ends at an instant, by the job schedule, and behind which lags. */
import { PREDICTION } from '../tables/physics/prediction.ts';
import { GPU_AIR_RC } from '../tables/physics/thermal.ts';
import { GPUS_A_PART, type GpuLevels } from './gpu-levels.ts';
import type { BookedJob, JobBook } from './job-book.ts';
import type { PredictedSite } from './site.ts';

const P = PREDICTION;
const SLOT_MS = 1000 * P.slotS.value;
const SLOTS = Math.round(P.runUpS.value / P.slotS.value);
const WINDOW_SLOTS = Math.round(P.windowS.value / P.slotS.value);
export const SINK_TAU_S = GPU_AIR_RC.sinkTauS.value;
export const AISLE_TAU_S = P.aisleTauS.value;
const SINK_SHARE = -Math.expm1(-P.slotS.value / SINK_TAU_S);
const AISLE_SHARE = -Math.expm1(-P.slotS.value / AISLE_TAU_S);
const RUN_UP_MS = 1000 * P.runUpS.value;

export interface PowersAhead {
  /** Means over the window, W. */
  readonly gpuW: Float64Array;
  /** Means over the window of the powers behind the lag of a heatsink. */
  readonly gpuLaggedW: Float64Array;
  readonly rackLaggedRatio: Float64Array;
  readonly jobs: readonly (BookedJob | undefined)[];
  /** 1: the job of now fills the whole run-up, and is told by its own readings; idle is a job. */
  readonly isLasting: Uint8Array;
  /** 1: no job begins or ends until then, and the one of now has run up. */
  readonly isGoing: Uint8Array;
}

interface PowerSource {
  readonly site: PredictedSite;
  readonly book: JobBook;
  readonly levels: GpuLevels;
}

/** Powers of one GPU over its run-up. */
interface RunUp {
  powerW: number;
  sinkW: number;
  aisleW: number;
}

/** @param nowMs of the newest frame, @param atMs end of the minute; now or later */
export function* powersAhead(
  source: PowerSource,
  nowMs: number,
  atMs: number,
): Generator<void, PowersAhead> {
  const { site, book, levels } = source;
  const count = site.gpus.length;
  const gpuW = new Float64Array(count);
  const gpuLaggedW = new Float64Array(count);
  const isLasting = new Uint8Array(count);
  const isGoing = new Uint8Array(count);
  const jobs: (BookedJob | undefined)[] = [];
  const rackNow = new Float64Array(site.racks.length);
  const rackLagged = new Float64Array(site.racks.length);
  const firstMs = atMs - (SLOTS - 0.5) * SLOT_MS;
  const lastMs = atMs - 0.5 * SLOT_MS;
  const runUp: RunUp = { powerW: 0, sinkW: 0, aisleW: 0 };
  for (let gpu = 0; gpu < count; gpu++) {
    if (gpu % GPUS_A_PART === GPUS_A_PART - 1) yield;
    const now = book.at(gpu, nowMs - 1);
    const booked = book.at(gpu, lastMs);
    const isSteady = book.isSteady(gpu, Math.min(firstMs, nowMs - 1), Math.max(lastMs, nowMs - 1));
    jobs.push(booked);
    if (isSteady && levels.isStarted(booked, firstMs)) {
      const powerW = levels.powerW(gpu, booked, lastMs);
      runUp.powerW = powerW;
      runUp.sinkW = powerW;
      runUp.aisleW = powerW;
    } else runThrough(source, gpu, firstMs, runUp);
    gpuW[gpu] = runUp.powerW;
    gpuLaggedW[gpu] = runUp.sinkW;
    const isOwn = now === undefined || levels.isOwn(now, gpu);
    const isSame = booked === now && book.isSteady(gpu, firstMs, lastMs);
    isLasting[gpu] = isOwn && isSame ? 1 : 0;
    const hasRunUp = now === undefined || nowMs - now.job.startMs >= RUN_UP_MS;
    isGoing[gpu] = hasRunUp && book.isSteady(gpu, nowMs - 1, lastMs) ? 1 : 0;
    const rack = site.rackOfHost[site.hostOfGpu[gpu]];
    if (rack < 0) continue;
    rackNow[rack] += runUp.powerW;
    rackLagged[rack] += runUp.aisleW;
  }
  const rackLaggedRatio = rackLagged.map((w, r) => (rackNow[r] > 0 ? w / rackNow[r] : 1));
  return { gpuW, gpuLaggedW, rackLaggedRatio, jobs, isLasting, isGoing };
}

/** Slot by slot, where the job changes or starts. */
function runThrough({ book, levels }: PowerSource, gpu: number, firstMs: number, into: RunUp) {
  let sinkW = Number.NaN;
  let aisleW = Number.NaN;
  into.powerW = 0;
  into.sinkW = 0;
  into.aisleW = 0;
  for (let slot = 0; slot < SLOTS; slot++) {
    const slotMs = firstMs + slot * SLOT_MS;
    const powerW = levels.powerW(gpu, book.at(gpu, slotMs), slotMs);
    sinkW = Number.isNaN(sinkW) ? powerW : sinkW + SINK_SHARE * (powerW - sinkW);
    aisleW = Number.isNaN(aisleW) ? powerW : aisleW + AISLE_SHARE * (powerW - aisleW);
    if (slot < SLOTS - WINDOW_SLOTS) continue;
    into.powerW += powerW / WINDOW_SLOTS;
    into.sinkW += sinkW / WINDOW_SLOTS;
    into.aisleW += aisleW / WINDOW_SLOTS;
  }
}
