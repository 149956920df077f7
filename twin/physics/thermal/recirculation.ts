/**
 * Who breathes whose exhaust (Tang et al.). `exchange[i][j]` is the part of the exhaust of rack i
 * that goes into the inlet of rack j; the rest goes back to the cooling units, so rows add up to
 * less than 1. With K = diag(heat that each rack's flow takes up, W/K):
 *
 *   inlet = supply + D * power,   D = (K - exchangeᵀ K)⁻¹ - K⁻¹   (K/W, never negative)
 */

import { identity, type Matrix, solve, timesVector } from '../../maths/matrix.ts';
import { RECIRCULATION } from '../../tables/physics/thermal.ts';
import { notNegative, positive } from '../number-check.ts';

const ROUNDING = 1e-9;

/**
 * @throws RangeError if a part is negative, a row adds up to 1 or more (heat would stay for ever),
 *   or a rack would breathe more than its fans move
 */
export function checkExchange(exchange: Matrix, flowWPerK: readonly number[]) {
  for (const [i, flow] of flowWPerK.entries()) positive(`flowWPerK[${i}]`, flow);
  exchange.forEach((row, i) => {
    const sum = row.reduce(
      (total, part, j) => total + notNegative(`exchange[${i}][${j}]`, part),
      0,
    );
    if (sum >= 1) throw new RangeError(`exchange[${i}] must add up to less than 1, not ${sum}`);
  });
  flowWPerK.forEach((flow, j) => {
    const breathed = exchange.reduce((sum, row, i) => sum + row[j] * flowWPerK[i], 0);
    if (breathed <= flow * (1 + ROUNDING)) return;
    throw new RangeError(`Rack ${j} would breathe ${breathed} W/K of exhaust, its flow is ${flow}`);
  });
}

/** Rise of each inlet for each watt of each rack: `D[inlet][rack]`, K/W. */
export function recirculationKPerW(exchange: Matrix, flowWPerK: readonly number[]): number[][] {
  checkExchange(exchange, flowWPerK);
  const n = flowWPerK.length;
  const mixed = identity(n).map((row, j) =>
    row.map((_, i) => (i === j ? flowWPerK[j] : 0) - exchange[i][j] * flowWPerK[i]),
  );
  const inverse = solve(mixed, identity(n));
  return inverse.map((row, j) =>
    row.map((value, i) => Math.max(0, value - (i === j ? 1 / flowWPerK[j] : 0))),
  );
}

/** What `recirculationKPerW` was made of: `exchangeᵀ = I - (D + K⁻¹)⁻¹ K⁻¹`. */
export function exchangeOf(dKPerW: Matrix, flowWPerK: readonly number[]): number[][] {
  const n = flowWPerK.length;
  const sum = dKPerW.map((row, j) => row.map((d, i) => d + (i === j ? 1 / flowWPerK[j] : 0)));
  const inverse = solve(sum, identity(n));
  // transposed: [from][to] out of [to][from]
  return identity(n).map((row, i) =>
    row.map((_, j) => (i === j ? 1 : 0) - inverse[j][i] / flowWPerK[i]),
  );
}

/** Temperature of each inlet, °C. */
export const inletTempsC = (supplyTempC: number, dKPerW: Matrix, powerW: readonly number[]) =>
  timesVector(dKPerW, powerW).map(riseK => supplyTempC + riseK);

/** One moment: power of every rack, and the inlet of the rack that is looked at. */
interface RecirculationSample {
  readonly powerW: readonly number[];
  /** Inlet less supply; may be below zero by noise. */
  readonly riseK: number;
}

interface RecirculationFit {
  /** Row of D of that rack, K/W, each at least 0. */
  readonly kPerW: readonly number[];
  /** Root mean square of what is left, K. */
  readonly rmsK: number;
  /**
   * Smallest spread of a rack's power over its mean: with hardly any, the fit says little about
   * that rack's part.
   */
  readonly leastSpreadRatio: number;
}

/**
 * Row of D by ridge regression under `>= 0`, by coordinate descent on the normal equations: the
 * problem is convex, so what it ends at is the best there is.
 * @param ridge part of the mean square power that is added to each; draws unknown parts to 0
 * @throws RangeError without samples, or where one is of another length or not finite
 */
export function fitRecirculation(
  samples: readonly RecirculationSample[],
  ridge: number = RECIRCULATION.ridge.value,
): RecirculationFit {
  notNegative('ridge', ridge);
  const n = samples[0]?.powerW.length ?? 0;
  if (n === 0) throw new RangeError('samples must hold one moment and one rack at least');
  const { squares, products, sums } = normalEquations(samples, n);
  const meanSquare = squares.reduce((sum, row, i) => sum + row[i], 0) / n;
  const added = ridge * meanSquare;
  const kPerW = descend(squares, products, added);
  let left = 0;
  for (const { powerW, riseK } of samples) {
    const error = riseK - powerW.reduce((sum, power, i) => sum + power * kPerW[i], 0);
    left += error * error;
  }
  const spreads = squares.map((row, i) => {
    const mean = sums[i] / samples.length;
    return mean === 0 ? 0 : Math.sqrt(Math.max(0, row[i] / samples.length - mean * mean)) / mean;
  });
  return {
    kPerW,
    rmsK: Math.sqrt(left / samples.length),
    leastSpreadRatio: Math.min(...spreads),
  };
}

function normalEquations(samples: readonly RecirculationSample[], n: number) {
  const squares = identity(n).map(row => row.map(() => 0));
  const products = new Array<number>(n).fill(0);
  const sums = new Array<number>(n).fill(0);
  samples.forEach(({ powerW, riseK }, at) => {
    if (powerW.length !== n || !Number.isFinite(riseK) || !powerW.every(Number.isFinite)) {
      throw new RangeError(`samples[${at}] must hold ${n} finite powers and a finite rise`);
    }
    for (let i = 0; i < n; i++) {
      products[i] += powerW[i] * riseK;
      sums[i] += powerW[i];
      for (let j = 0; j < n; j++) squares[i][j] += powerW[i] * powerW[j];
    }
  });
  return { squares, products, sums };
}

function descend(squares: Matrix, products: readonly number[], added: number): number[] {
  const x = products.map(() => 0);
  for (let sweep = 0; sweep < RECIRCULATION.sweepsMax.value; sweep++) {
    let moved = 0;
    for (let i = 0; i < x.length; i++) {
      const curvature = squares[i][i] + added;
      if (curvature === 0) continue;
      const pull = products[i] - squares[i].reduce((sum, value, j) => sum + value * x[j], 0);
      const next = Math.max(0, x[i] + (pull - added * x[i]) / curvature);
      moved = Math.max(moved, Math.abs(next - x[i]));
      x[i] = next;
    }
    if (moved <= RECIRCULATION.toleranceRatio.value * Math.max(...x)) break;
  }
  return x;
}
