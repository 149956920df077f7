/**
 * Power supplies: efficiency by load, and what each of two feeds sees of a host whose supplies
 * share its load. Between the points of a rating the efficiency is interpolated monotonically
 * (Fritsch and Carlson), below the first one the loss is continued as a line.
 */
import type { Figures } from '../../tables/catalogue.ts';
import { notNegative, positive, within } from '../number-check.ts';

/** Efficiency at loads over the rated one, rising; with the slopes of the interpolation. */
interface PsuCurve {
  readonly loads: readonly number[];
  readonly efficiencies: readonly number[];
  readonly slopes: readonly number[];
  /** Loss over rated power at no load, and its growth with load up to the first point. */
  readonly noLoadRatio: number;
  readonly firstSlopeRatio: number;
}

const POINTS = [10, 20, 50, 100] as const;

/**
 * The curve of a class or of a row of `PSU_RATINGS`: figures `efficiency20Ratio` and so on.
 * @throws RangeError if fewer than two points are there or one is not between 0 and 1
 */
export function psuCurve(figures: Figures): PsuCurve {
  const known = POINTS.filter(point => figures[`efficiency${point}Ratio`]);
  if (known.length < 2) throw new RangeError('A PSU needs its efficiency at two loads or more');
  const loads = known.map(point => point / 100);
  const efficiencies = known.map(point => {
    const name = `efficiency${point}Ratio`;
    return within(name, figures[name].value, 0.01, 1);
  });
  const losses = loads.map((load, i) => load / efficiencies[i] - load);
  // A supply that loses less at more load does not exist: then the loss is all no-load.
  const slope = Math.max(0, (losses[1] - losses[0]) / (loads[1] - loads[0]));
  const firstSlopeRatio = Math.min(slope, losses[0] / loads[0]);
  return {
    loads,
    efficiencies,
    slopes: monotoneSlopes(loads, efficiencies),
    noLoadRatio: losses[0] - firstSlopeRatio * loads[0],
    firstSlopeRatio,
  };
}

/** Slopes of a cubic interpolation that rises and falls only where its points do. */
function monotoneSlopes(xs: readonly number[], ys: readonly number[]): readonly number[] {
  const steps = ys.slice(1).map((y, i) => (y - ys[i]) / (xs[i + 1] - xs[i]));
  return ys.map((_, i) => {
    if (i === 0) return steps[0];
    if (i === steps.length) return steps[i - 1];
    const [before, after] = [steps[i - 1], steps[i]];
    if (before * after <= 0) return 0;
    const [left, right] = [xs[i] - xs[i - 1], xs[i + 1] - xs[i]];
    const [a, b] = [2 * right + left, right + 2 * left];
    return (a + b) / (a / before + b / after);
  });
}

/**
 * Loss over rated power at a load over the rated one. No checks, no allocation. Beyond the last
 * point the efficiency stays as there: an overload is the caller's to report.
 */
export function psuLossRatio(curve: PsuCurve, loadRatio: number): number {
  const { loads, noLoadRatio, firstSlopeRatio } = curve;
  if (loadRatio <= loads[0]) return noLoadRatio + firstSlopeRatio * loadRatio;
  return loadRatio / efficiencyBetween(curve, loadRatio) - loadRatio;
}

function efficiencyBetween(curve: PsuCurve, loadRatio: number): number {
  const { loads, efficiencies, slopes } = curve;
  const last = loads.length - 1;
  if (loadRatio >= loads[last]) return efficiencies[last];
  let i = 0;
  while (loadRatio > loads[i + 1]) i++;
  const width = loads[i + 1] - loads[i];
  const t = (loadRatio - loads[i]) / width;
  const u = 1 - t;
  return (
    u * u * (1 + 2 * t) * efficiencies[i] +
    t * t * (3 - 2 * t) * efficiencies[i + 1] +
    width * t * u * (u * slopes[i] - t * slopes[i + 1])
  );
}

/** Output over input at a load over the rated one: 0 at no load. Checked. */
export function psuEfficiency(curve: PsuCurve, loadRatio: number): number {
  notNegative('loadRatio', loadRatio);
  return loadRatio === 0 ? 0 : loadRatio / (loadRatio + psuLossRatio(curve, loadRatio));
}

/** What one supply draws, W, when it gives `outputW`. No checks, no allocation. */
export const psuInputW = (curve: PsuCurve, ratedW: number, outputW: number) =>
  outputW + ratedW * psuLossRatio(curve, outputW / ratedW);

/** The supplies of a host: equal ones, that share its load equally while they work. */
interface HostSupplies {
  readonly curve: PsuCurve;
  readonly ratedW: number;
  /** Working supplies on each feed. */
  readonly countA: number;
  readonly countB: number;
}

interface FeedDraw {
  readonly feedAW: number;
  readonly feedBW: number;
  /** Heat of the supplies, W; both draws together less the output. */
  readonly lossW: number;
  /** Load of each working supply over its rating; above 1 it will not last. */
  readonly loadRatio: number;
}

/**
 * What a host draws from its two feeds. With one feed dead, set its count to 0: the load of each
 * other supply then doubles (for as many on either side), and with it its efficiency changes.
 * @param outputW what the host takes behind its supplies
 * @returns loadRatio NaN is never given: with no supply left nothing is drawn, and it is 0
 */
export function feedDraws(supplies: HostSupplies, outputW: number): FeedDraw {
  const { curve, countA, countB } = supplies;
  const ratedW = positive('ratedW', supplies.ratedW);
  notNegative('outputW', outputW);
  notNegative('countA', countA);
  notNegative('countB', countB);
  const count = countA + countB;
  if (count === 0) return { feedAW: 0, feedBW: 0, lossW: 0, loadRatio: 0 };
  const eachW = psuInputW(curve, ratedW, outputW / count);
  const [feedAW, feedBW] = [countA * eachW, countB * eachW];
  const lossW = count * ratedW * psuLossRatio(curve, outputW / count / ratedW);
  return { feedAW, feedBW, lossW, loadRatio: outputW / count / ratedW };
}
