/**
 * Temperature of a GPU: two poles (die, heatsink or cold plate) above its inlet, and the power that
 * leaks more as it gets hotter.
 */
import type { Figure } from '../../tables/catalogue.ts';
import { GPU_AIR_RC, GPU_LIQUID_RC, LEAKAGE } from '../../tables/physics/thermal.ts';
import { notNegative, positive, within } from '../number-check.ts';

/** What a pole keeps of its distance from its target after `dtS`: `exp(-dtS / tauS)`. */
export const poleDecay = (dtS: number, tauS: number) => Math.exp(-dtS / tauS);

/**
 * Rise of a pole after a step at steady power, K: exact for any step length, because the answer of
 * a first-order lag is known. No checks, no allocation.
 * @param resistanceKPerW of this pole
 * @param decay `poleDecay` of the step
 */
export const poleRiseK = (
  riseK: number,
  powerW: number,
  resistanceKPerW: number,
  decay: number,
) => {
  const targetK = powerW * resistanceKPerW;
  return targetK + (riseK - targetK) * decay;
};

/** Resistances in K/W, lags in s. */
export interface GpuRc {
  readonly dieKPerW: number;
  readonly dieTauS: number;
  readonly sinkKPerW: number;
  readonly sinkTauS: number;
}

const rcOf = (table: Readonly<Record<keyof typeof GPU_AIR_RC, Figure>>): GpuRc => ({
  dieKPerW: table.totalKPerW.value * table.dieRatio.value,
  dieTauS: table.dieTauS.value,
  sinkKPerW: table.totalKPerW.value * (1 - table.dieRatio.value),
  sinkTauS: table.sinkTauS.value,
});

/** Before anything is fitted to a GPU. */
export const GPU_RC: Readonly<Record<'air' | 'liquid', GpuRc>> = {
  air: rcOf(GPU_AIR_RC),
  liquid: rcOf(GPU_LIQUID_RC),
};

export const totalKPerW = (rc: GpuRc) => rc.dieKPerW + rc.sinkKPerW;

/** The state of one GPU: rises of its poles above the inlet, K. */
interface GpuRise {
  dieK: number;
  sinkK: number;
}

/** Moves the rises on by `dtS` at steady power, in place. @returns junction temperature, °C */
export function stepGpuRise(rise: GpuRise, rc: GpuRc, powerW: number, of: HeatStep): number {
  rise.dieK = poleRiseK(rise.dieK, powerW, rc.dieKPerW, poleDecay(of.dtS, rc.dieTauS));
  rise.sinkK = poleRiseK(rise.sinkK, powerW, rc.sinkKPerW, poleDecay(of.dtS, rc.sinkTauS));
  return of.inletTempC + rise.dieK + rise.sinkK;
}

interface HeatStep {
  readonly dtS: number;
  readonly inletTempC: number;
}

const LEAK_PER_K = LEAKAGE.perK.value;
const LEAK_FROM_C = LEAKAGE.fromTempC.value;

/** Power over that of a cool GPU: 1 up to 60 °C, then 1 % a kelvin more. No checks. */
export const leakageRatio = (tempC: number) =>
  tempC > LEAK_FROM_C ? 1 + LEAK_PER_K * (tempC - LEAK_FROM_C) : 1;

/** Where temperature and leakage come to rest together; `runaway` if they never do. */
type SettledHeat =
  | { readonly outcome: 'settles'; readonly tempC: number; readonly powerW: number }
  | { readonly outcome: 'runaway' };

/**
 * The fixed point of `T = T_in + R P(T)` with `P(T) = coolPowerW * leakageRatio(T)`. The leakage is
 * a line, so the point that iterating would approach is known: it exists while `R P 0.01/K < 1`.
 * @param resistanceKPerW junction to inlet, of both poles
 * @param coolPowerW power below 60 °C
 */
export function settledHeat(
  inletTempC: number,
  resistanceKPerW: number,
  coolPowerW: number,
): SettledHeat {
  within('inletTempC', inletTempC, -40, 150);
  positive('resistanceKPerW', resistanceKPerW);
  notNegative('coolPowerW', coolPowerW);
  const coolRiseK = resistanceKPerW * coolPowerW;
  const coolTempC = inletTempC + coolRiseK;
  if (coolTempC <= LEAK_FROM_C) {
    return { outcome: 'settles', tempC: coolTempC, powerW: coolPowerW };
  }
  const gain = coolRiseK * LEAK_PER_K;
  if (gain >= 1) return { outcome: 'runaway' };
  const tempC = (coolTempC - gain * LEAK_FROM_C) / (1 - gain);
  return { outcome: 'settles', tempC, powerW: coolPowerW * leakageRatio(tempC) };
}
