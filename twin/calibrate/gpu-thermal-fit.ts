/**
 * Thermal resistances and time constants of one GPU from a series of its power, its temperature and
 * that of its inlet: `T = T_in + offset + R1 lag(P, tau1) + R2 lag(P, tau2)`, a Foster chain of two
 * poles (die, heat sink). Offline: a time constant needs samples closer together than itself.
 */
import { GPU_THERMAL_FIT } from '../tables/physics/calibrated.ts';
import { type Fit, fitLeastSquares } from './levenberg-marquardt.ts';

export interface ThermalSeries {
  /** Increasing; s. */
  readonly atS: ArrayLike<number>;
  readonly powerW: ArrayLike<number>;
  readonly tempC: ArrayLike<number>;
  readonly inletTempC: ArrayLike<number>;
}

interface ThermalFit {
  readonly offsetK: number;
  readonly dieKPerW: number;
  readonly dieTauS: number;
  readonly sinkKPerW: number;
  readonly sinkTauS: number;
  /** In the order above; infinite where the series says nothing. */
  readonly sd: readonly number[];
  readonly rmseK: number;
  readonly isConverged: boolean;
  readonly count: number;
  /** Samples left out: not finite, not later than the one before, or outside physical ranges. */
  readonly dropped: number;
}

const SAMPLES_MIN = 30;

/** @returns undefined when fewer than 30 samples are of use, or the power never moves */
export function fitGpuThermal(series: ThermalSeries): ThermalFit | undefined {
  const kept = usable(series);
  const { atS, powerW, tempC, inletTempC } = kept;
  const count = atS.length;
  const spanW = count > 0 ? Math.max(...powerW) - Math.min(...powerW) : 0;
  if (count < SAMPLES_MIN || spanW < GPU_THERMAL_FIT.powerSpanMinW.value) return undefined;
  const { start, low, high } = GPU_THERMAL_FIT;
  const die = new Float64Array(count);
  const sink = new Float64Array(count);
  const fit = fitLeastSquares({
    ...{ count, start, low, high },
    residuals([offsetK, dieKPerW, dieTauS, sinkKPerW, sinkTauS], out) {
      lagInto(die, kept, dieTauS);
      lagInto(sink, kept, sinkTauS);
      for (let k = 0; k < count; k++) {
        const model = inletTempC[k] + offsetK + dieKPerW * die[k] + sinkKPerW * sink[k];
        out[k] = model - tempC[k];
      }
    },
  });
  return named(inOrder(fit), { count, dropped: series.atS.length - count });
}

interface Kept {
  readonly atS: readonly number[];
  readonly powerW: readonly number[];
  readonly tempC: readonly number[];
  readonly inletTempC: readonly number[];
}

function usable({ atS, powerW, tempC, inletTempC }: ThermalSeries): Kept {
  const kept = { atS: [], powerW: [], tempC: [], inletTempC: [] } as Record<keyof Kept, number[]>;
  const { powerW: power, tempC: temp } = GPU_THERMAL_FIT.ranges;
  const isWithin = (value: number, [min, max]: readonly [number, number]) =>
    value >= min && value <= max;
  for (let k = 0; k < atS.length; k++) {
    const isLater = atS[k] > (kept.atS.at(-1) ?? Number.NEGATIVE_INFINITY);
    const isGood =
      isWithin(powerW[k], power) && isWithin(tempC[k], temp) && isWithin(inletTempC[k], temp);
    if (!isLater || !isGood || !Number.isFinite(atS[k])) continue;
    kept.atS.push(atS[k]);
    kept.powerW.push(powerW[k]);
    kept.tempC.push(tempC[k]);
    kept.inletTempC.push(inletTempC[k]);
  }
  return kept;
}

/**
 * First-order lag of the power, exact for a power that runs straight from sample to sample. It starts
 * settled at the first power, which is wrong by the time that the series has run for a few tau.
 */
function lagInto(out: Float64Array, { atS, powerW }: Kept, tauS: number) {
  out[0] = powerW[0];
  for (let k = 1; k < out.length; k++) {
    const passed = (atS[k] - atS[k - 1]) / tauS;
    const left = Math.exp(-passed);
    const mean = -Math.expm1(-passed) / passed;
    out[k] = left * out[k - 1] + (mean - left) * powerW[k - 1] + (1 - mean) * powerW[k];
  }
}

/** The two poles are alike: the faster one is the die. */
function inOrder(fit: Fit): Fit {
  const [, , dieTauS, , sinkTauS] = fit.parameters;
  if (dieTauS <= sinkTauS) return fit;
  const swap = <T>([offset, r1, tau1, r2, tau2]: readonly T[]) => [offset, r2, tau2, r1, tau1];
  return { ...fit, parameters: swap(fit.parameters), sd: swap(fit.sd) };
}

function named(fit: Fit, of: { readonly count: number; readonly dropped: number }): ThermalFit {
  const [offsetK, dieKPerW, dieTauS, sinkKPerW, sinkTauS] = fit.parameters;
  return {
    ...{ offsetK, dieKPerW, dieTauS, sinkKPerW, sinkTauS },
    ...{ sd: fit.sd, rmseK: fit.rmse, isConverged: fit.isConverged, ...of },
  };
}
