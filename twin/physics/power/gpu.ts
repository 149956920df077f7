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
  /** With clocks up and no work: memory and voltage, which no cap lowers. At least idle. */
  readonly readyW: number;
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
    readyW: figures.powerReadyW?.value ?? idleW,
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
  /** Of the phases that draw most. */
  readonly clockRatio: number;
  /** Mean. */
  readonly powerW: number;
  /** Run time over that without a cap. */
  readonly timeRatio: number;
  /** Not even the lowest clock keeps to the cap. */
  readonly isAtMinClock: boolean;
}

/** How work draws; without phases it draws its mean all the time. All 0-1. */
export interface DrawShape {
  /** Part of its time that stretches with the clock. */
  readonly computeBoundRatio: number;
  /** High phases: so far from the mean up to the maximum. */
  readonly peakRatio?: number;
  /** Low phases: so far from idle up to the mean. */
  readonly lowRatio?: number;
  /** Part above what the GPU draws ready for work that stays as the clock falls. */
  readonly staticRatio?: number;
}

/**
 * Work that draws `drawW` on average at the highest clock, run under a cap, which acts on what it
 * draws at the moment: high phases are cut where their mean with the low ones would pass.
 * @param drawW mean draw without a cap; below idle means as idle
 */
export function runUnderCap(
  model: GpuPowerModel,
  capW: number,
  drawW: number,
  shape: DrawShape,
): CappedRun {
  positive('capW', capW);
  positive('drawW', drawW);
  const { computeBoundRatio, peakRatio = 0, lowRatio = 1, staticRatio = 0 } = shape;
  const ratios = { computeBoundRatio, peakRatio, lowRatio, staticRatio };
  for (const [name, ratio] of Object.entries(ratios)) within(name, ratio, 0, 1);
  // Work that draws less than the class at idle says that this card idles lower.
  const idleW = Math.min(model.idleW, drawW);
  const highW = drawW + peakRatio * Math.max(0, model.maxW - drawW);
  const lowW = idleW + lowRatio * (drawW - idleW);
  const highPart = highW > lowW ? (drawW - lowW) / (highW - lowW) : 1;
  const staticOf = (phaseW: number) => {
    const readyW = Math.min(model.readyW, phaseW);
    return readyW + staticRatio * (phaseW - readyW);
  };
  // What stays in the high phases is there in the low ones too.
  const highStaticW = Math.min(lowW, staticOf(highW));
  const high = phaseUnderCap(model, { capW, phaseW: highW, staticW: highStaticW });
  const low = phaseUnderCap(model, { capW, phaseW: lowW, staticW: staticOf(lowW) });
  const highTime = highPart * timeAtClockRatio(high.clockRatio, computeBoundRatio);
  const lowTime = (1 - highPart) * timeAtClockRatio(low.clockRatio, computeBoundRatio);
  const timeRatio = highTime + lowTime;
  return {
    clockRatio: high.clockRatio,
    powerW: (highTime * high.powerW + lowTime * low.powerW) / timeRatio,
    timeRatio,
    isAtMinClock: high.powerW > capW * (1 + 1e-12),
  };
}

interface CappedPhase {
  readonly capW: number;
  readonly phaseW: number;
  /** Of it, what the clock does not change. */
  readonly staticW: number;
}

function phaseUnderCap(model: GpuPowerModel, { capW, phaseW, staticW }: CappedPhase) {
  const { exponent, minClockRatio } = model;
  const movingW = phaseW - staticW;
  const clockRatio = clockUnderCap(capW - staticW, movingW, exponent, minClockRatio);
  return { clockRatio, powerW: staticW + movingW * clockRatio ** exponent };
}
