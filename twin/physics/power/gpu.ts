/**
 * Power of a GPU, its clock under a cap, and what that costs in time. The first functions take
 * plain numbers, look at nothing else and check nothing: they are for loops over columns.
 */
import type { HardwareClass } from '../../tables/catalogue.ts';
import { DVFS, DVFS_EXPONENTS } from '../../tables/physics/power.ts';
import { positive, within } from '../number-check.ts';

/**
 * Power above idle, W: `span * util * clockRatio ^ exponent`.
 * @param spanW highest power less idle
 * @param utilRatio work done over what the GPU could do at that clock, 0-1
 * @param clockRatio clock over the highest, 0-1
 */
export const dynamicPowerW = (
  spanW: number,
  utilRatio: number,
  clockRatio: number,
  exponent: number,
) => spanW * utilRatio * clockRatio ** exponent;

/**
 * Highest clock, over the highest there is, at which what is above idle stays within a cap.
 * @param capAboveIdleW cap less idle; at or below zero only the lowest clock is left
 * @param fullAboveIdleW power above idle at the highest clock, with the same work
 * @returns within [minClockRatio, 1]; at the lowest clock the power may exceed the cap
 */
export function clockUnderCap(
  capAboveIdleW: number,
  fullAboveIdleW: number,
  exponent: number,
  minClockRatio: number,
): number {
  if (capAboveIdleW >= fullAboveIdleW) return 1;
  if (capAboveIdleW <= 0) return minClockRatio;
  return Math.max(minClockRatio, (capAboveIdleW / fullAboveIdleW) ** (1 / exponent));
}

/** Run time over that at the highest clock: `1 - β + β / clockRatio`, β the compute-bound part. */
export const timeAtClockRatio = (clockRatio: number, computeBoundRatio: number) =>
  1 - computeBoundRatio + computeBoundRatio / clockRatio;

/** A GPU as the power model sees it. */
export interface GpuPowerModel {
  readonly idleW: number;
  readonly maxW: number;
  /** Lowest cap it takes; its highest is `maxW`. Undefined where no source gives it. */
  readonly capMinW: number | undefined;
  readonly exponent: number;
  readonly minClockRatio: number;
}

/** The model of a GPU class; all classes of the catalogue have the figures. */
export function gpuPowerModel({ id, figures }: HardwareClass): GpuPowerModel {
  const idleW = positive(`${id}: powerIdleW`, figures.powerIdleW?.value ?? Number.NaN);
  return {
    idleW,
    maxW: within(`${id}: powerMaxW`, figures.powerMaxW?.value ?? Number.NaN, idleW, 1e5),
    capMinW: figures.powerMinCapW?.value,
    exponent: (DVFS_EXPONENTS[id] ?? DVFS.exponent).value,
    minClockRatio: DVFS.minClockRatio.value,
  };
}

/** Power, W, with the argument ranges of `dynamicPowerW` checked. */
export function gpuPowerW(model: GpuPowerModel, utilRatio: number, clockRatio: number): number {
  within('utilRatio', utilRatio, 0, 1);
  within('clockRatio', clockRatio, 0, 1);
  const { idleW, maxW, exponent } = model;
  return idleW + dynamicPowerW(maxW - idleW, utilRatio, clockRatio, exponent);
}

interface CappedRun {
  readonly clockRatio: number;
  readonly powerW: number;
  /** Run time over that without a cap. */
  readonly timeRatio: number;
  /** Not even the lowest clock keeps to the cap. */
  readonly isAtMinClock: boolean;
}

/**
 * Work that draws `drawW` on average at the highest clock, run under a cap.
 * @param drawW mean draw without a cap; below idle means as idle
 * @param computeBoundRatio part of the run time that stretches with the clock, 0-1
 */
export function runUnderCap(
  model: GpuPowerModel,
  capW: number,
  drawW: number,
  computeBoundRatio: number,
): CappedRun {
  positive('capW', capW);
  positive('drawW', drawW);
  within('computeBoundRatio', computeBoundRatio, 0, 1);
  // Work that draws less than the class at idle says that this card idles lower.
  const idleW = Math.min(model.idleW, drawW);
  const fullW = drawW - idleW;
  const clockRatio = clockUnderCap(capW - idleW, fullW, model.exponent, model.minClockRatio);
  const powerW = idleW + fullW * clockRatio ** model.exponent;
  return {
    clockRatio,
    powerW,
    timeRatio: timeAtClockRatio(clockRatio, computeBoundRatio),
    isAtMinClock: powerW > capW * (1 + 1e-12),
  };
}
