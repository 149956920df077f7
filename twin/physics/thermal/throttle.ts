/** How a GPU defends itself against heat, and where work, power and heat then come to rest. */
import type { Figures } from '../../tables/catalogue.ts';
import { MARGIN_ZERO_TEMP_C, THROTTLING } from '../../tables/physics/thermal.ts';
import { positive, within } from '../number-check.ts';
import { dynamicPowerW, type GpuPowerModel } from '../power/gpu.ts';
import { leakageRatio, settledHeat } from './gpu-heat.ts';

const HARDWARE_CLOCK_RATIO = THROTTLING.hardwareClockRatio.value;

export interface GpuHeatLimits {
  /** From here on the driver lowers the clock. */
  readonly maxOpTempC: number;
  /** From here on the hardware halves it. */
  readonly slowdownTempC: number;
  readonly shutdownTempC: number;
}

/**
 * The limits of a class as temperatures. Cards that report margins have 0 K of margin at the
 * temperature of their Hopper kin, which is the only one published.
 * @returns undefined where the class gives neither
 */
export function gpuHeatLimits(figures: Figures): GpuHeatLimits | undefined {
  const zeroC = figures.maxOpTempC?.value ?? MARGIN_ZERO_TEMP_C.value;
  const { slowdownMarginK, shutdownMarginK } = figures;
  const slowdownTempC =
    figures.slowdownTempC?.value ?? (slowdownMarginK ? zeroC - slowdownMarginK.value : undefined);
  const shutdownTempC =
    figures.shutdownTempC?.value ?? (shutdownMarginK ? zeroC - shutdownMarginK.value : undefined);
  if (slowdownTempC === undefined || shutdownTempC === undefined) return undefined;
  return { maxOpTempC: zeroC, slowdownTempC, shutdownTempC };
}

/**
 * Clock over the highest that heat leaves, for a step of a simulation: all of it below the highest
 * operating temperature, falling as a line to `minClockRatio` or a half at slowdown, whichever is
 * higher, the lowest beyond, none from shutdown on. No checks, no allocation.
 */
export function clockUnderHeat(tempC: number, limits: GpuHeatLimits, minClockRatio: number) {
  const { maxOpTempC, slowdownTempC, shutdownTempC } = limits;
  if (tempC <= maxOpTempC) return 1;
  if (tempC >= shutdownTempC) return 0;
  if (tempC >= slowdownTempC) return minClockRatio;
  const low = Math.max(minClockRatio, HARDWARE_CLOCK_RATIO);
  return 1 - ((1 - low) * (tempC - maxOpTempC)) / (slowdownTempC - maxOpTempC);
}

interface GpuSituation {
  readonly inletTempC: number;
  /** Junction to inlet. */
  readonly resistanceKPerW: number;
  /** Work at the highest clock, 0-1. */
  readonly utilRatio: number;
  readonly capW: number;
}

interface GpuAtRest {
  readonly clockRatio: number;
  readonly powerW: number;
  readonly tempC: number;
  readonly heldBackBy: 'nothing' | 'cap' | 'heat';
  /** Not even the lowest clock keeps it below shutdown: it will switch itself off. */
  readonly isShutDown: boolean;
}

/** Far above any limit, and still a number, for what does not settle. */
const RUNAWAY_TEMP_C = 1000;

/**
 * Where a GPU comes to rest: the highest clock at which neither its power, leakage included, is
 * above the cap, nor its junction above the highest operating temperature.
 */
export function gpuAtRest(
  gpu: GpuPowerModel,
  limits: GpuHeatLimits,
  situation: GpuSituation,
): GpuAtRest {
  within('utilRatio', situation.utilRatio, 0, 1);
  positive('capW', situation.capW);
  positive('resistanceKPerW', situation.resistanceKPerW);
  const at = (clockRatio: number) => settledAt(gpu, situation, clockRatio);
  const full = at(1);
  if (full.powerW <= situation.capW && full.tempC <= limits.maxOpTempC) {
    return { clockRatio: 1, ...full, heldBackBy: 'nothing', isShutDown: false };
  }
  const capClock = highestClock(gpu, clock => at(clock).powerW <= situation.capW);
  const heatClock = highestClock(gpu, clock => at(clock).tempC <= limits.maxOpTempC);
  const clockRatio = Math.min(capClock, heatClock);
  const rest = at(clockRatio);
  const isShutDown = rest.tempC >= limits.shutdownTempC;
  const heldBackBy = heatClock < capClock ? 'heat' : 'cap';
  // What switched itself off draws nothing and says nothing of its temperature but that it was hot.
  if (isShutDown) return { clockRatio: 0, powerW: 0, tempC: rest.tempC, heldBackBy, isShutDown };
  return { clockRatio, ...rest, heldBackBy, isShutDown };
}

function settledAt(gpu: GpuPowerModel, situation: GpuSituation, clockRatio: number) {
  const { idleW, maxW, exponent } = gpu;
  const coolW = idleW + dynamicPowerW(maxW - idleW, situation.utilRatio, clockRatio, exponent);
  const heat = settledHeat(situation.inletTempC, situation.resistanceKPerW, coolW);
  return heat.outcome === 'settles'
    ? { powerW: heat.powerW, tempC: Math.min(heat.tempC, RUNAWAY_TEMP_C) }
    : { powerW: coolW * leakageRatio(RUNAWAY_TEMP_C), tempC: RUNAWAY_TEMP_C };
}

/** Bisection; power and temperature grow with the clock. */
function highestClock(gpu: GpuPowerModel, isFine: (clockRatio: number) => boolean): number {
  if (isFine(1)) return 1;
  let low = gpu.minClockRatio;
  let high = 1;
  if (!isFine(low)) return low;
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (isFine(middle)) low = middle;
    else high = middle;
  }
  return low;
}
