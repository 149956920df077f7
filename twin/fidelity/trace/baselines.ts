/** The one-line predictions that a model has to beat, fitted on the revealed past only. */

export interface Baselines {
  /** Newest revealed value and the load at its time. */
  last: number;
  lastLoad: number;
  /** Sums for the mean and the least-squares line over all that is revealed, unweighted. */
  n: number;
  meanValue: number;
  meanLoad: number;
  loadSquares: number;
  products: number;
  /** Sums for the slope of consecutive changes. */
  stepSquares: number;
  stepProducts: number;
}

export const makeBaselines = (): Baselines => ({
  ...{ last: Number.NaN, lastLoad: 0, n: 0, meanValue: 0, meanLoad: 0, loadSquares: 0 },
  ...{ products: 0, stepSquares: 0, stepProducts: 0 },
});

/** @param load mean of the utilisation columns, in any one unit */
export function learnBaselines(b: Baselines, value: number, load: number) {
  if (b.n > 0) {
    b.stepSquares += (load - b.lastLoad) ** 2;
    b.stepProducts += (load - b.lastLoad) * (value - b.last);
  }
  b.n++;
  const fromMean = load - b.meanLoad;
  b.meanLoad += fromMean / b.n;
  b.meanValue += (value - b.meanValue) / b.n;
  b.loadSquares += fromMean * (load - b.meanLoad);
  b.products += fromMean * (value - b.meanValue);
  b.last = value;
  b.lastLoad = load;
}

/** Causal least-squares line on utilisation. */
export const lineBaseline = (b: Baselines, load: number) =>
  b.meanValue + (b.loadSquares > 0 ? b.products / b.loadSquares : 0) * (load - b.meanLoad);

/** `P[last] + slope x change of utilisation`. */
export const deltaBaseline = (b: Baselines, load: number) =>
  b.last + (b.stepSquares > 0 ? b.stepProducts / b.stepSquares : 0) * (load - b.lastLoad);
