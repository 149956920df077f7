/**
 * How power goes up and down within seconds: training as a square wave, inference as short prefills
 * in long decodes. Sampled once a second such a wave looks like something else (aliasing), so what
 * is kept of a window is its least, mean and greatest, worked out exactly.
 */
import type { Figure } from '../../tables/catalogue.ts';
import {
  INFERENCE_WAVE,
  TRAINING_WAVE,
  WORKLOAD_FIGURES,
  type Workload,
} from '../../tables/physics/power.ts';
import { positive, within } from '../number-check.ts';
import type { GpuPowerModel } from './gpu.ts';

/** `highW` from each multiple of the period, for a part of it; then `lowW`. */
interface PowerWave {
  readonly highW: number;
  readonly lowW: number;
  readonly periodS: number;
  /** Part of each period at `highW`, 0-1. */
  readonly highRatio: number;
}

interface WindowPower {
  readonly minW: number;
  readonly meanW: number;
  readonly maxW: number;
}

/** Time at `highW` from 0 to `atS`, s. No checks, no allocation. */
function highUntilS(wave: PowerWave, atS: number): number {
  const turns = Math.floor(atS / wave.periodS);
  const highS = wave.periodS * wave.highRatio;
  return turns * highS + Math.min(highS, atS - turns * wave.periodS);
}

/** Mean over `forS` from `fromS`, W: exact. No checks, no allocation. */
export const waveMeanW = (wave: PowerWave, fromS: number, forS: number) =>
  wave.lowW +
  ((wave.highW - wave.lowW) * (highUntilS(wave, fromS + forS) - highUntilS(wave, fromS))) / forS;

/** Power at an instant, W: what a meter without memory would say. */
export function wavePowerW(wave: PowerWave, atS: number): number {
  const inPeriodS = atS - Math.floor(atS / wave.periodS) * wave.periodS;
  return inPeriodS < wave.periodS * wave.highRatio ? wave.highW : wave.lowW;
}

/**
 * Least, mean and greatest power within a window.
 * @param fromS start, s; may be negative
 * @param forS length, s, above 0
 */
export function waveWindow(wave: PowerWave, fromS: number, forS: number): WindowPower {
  positive('periodS', wave.periodS);
  within('highRatio', wave.highRatio, 0, 1);
  positive('forS', forS);
  const highS = highUntilS(wave, fromS + forS) - highUntilS(wave, fromS);
  // Differences of large sums: what is left of nothing is not something.
  const least = forS * 1e-9;
  const meanW = waveMeanW(wave, fromS, forS);
  const hasHigh = highS > least;
  const hasLow = forS - highS > least;
  const first = hasLow ? wave.lowW : wave.highW;
  const second = hasHigh ? wave.highW : wave.lowW;
  return { minW: Math.min(first, second), meanW, maxW: Math.max(first, second) };
}

const value = (figure: Figure) => figure.value;

/** The usual wave of a workload on a GPU, at its highest clock. */
export function workloadWave(gpu: GpuPowerModel, workload: Workload): PowerWave {
  const { idleW, maxW } = gpu;
  if (workload === 'training') {
    const { periodS, computeRatio } = TRAINING_WAVE;
    return { highW: maxW, lowW: idleW, periodS: value(periodS), highRatio: value(computeRatio) };
  }
  const decodeW = Math.max(idleW, maxW * value(WORKLOAD_FIGURES.decode.drawRatio));
  const { periodS, prefillRatio } = INFERENCE_WAVE;
  const highW = maxW * value(WORKLOAD_FIGURES.prefill.drawRatio);
  const highRatio = workload === 'prefill' ? 1 : value(prefillRatio);
  return { highW, lowW: decodeW, periodS: value(periodS), highRatio };
}
