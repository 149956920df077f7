/**
 * Hosts do not fail alike: a few lemons have most failures. Rates scatter like a gamma distribution
 * of a given mean and shape, so that counts are negative binomial.
 */
import { standardNormal } from '../random.ts';

interface RateScatter {
  /** Mean failures of a host, per unit of time. */
  readonly meanRate: number;
  /** 1 is exponential; less is more lemons, many is no scatter. */
  readonly shape: number;
}

/** A host's rate: gamma of the given mean and shape (Marsaglia and Tsang, 2000). */
export function drawRate({ meanRate, shape }: RateScatter, random: () => number): number {
  checkScatter({ meanRate, shape });
  // Below 1 the method needs a shape of one more and a power of a uniform number.
  const boost = shape < 1 ? (1 - random()) ** (1 / shape) : 1;
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  for (;;) {
    const x = standardNormal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random()) < x * x * 0.5 + d - d * v + d * Math.log(v)) {
      return ((d * v * boost) / shape) * meanRate;
    }
  }
}

/**
 * What to think of a host's rate after so many failures in so much time: the mean of the gamma that
 * the count leaves, `(shape + failures) / (shape / meanRate + time)`. A new host has the mean of
 * all; a host is called a lemon by this figure, not by its raw count.
 */
export function likelyRate(scatter: RateScatter, failures: number, time: number): number {
  checkScatter(scatter);
  if (!(failures >= 0) || !(time >= 0)) {
    throw new RangeError(`failures ${failures} and time ${time} must not be below 0`);
  }
  return (scatter.shape + failures) / (scatter.shape / scatter.meanRate + time);
}

/**
 * Shape from counts of hosts over the same time, by moments: the scatter beyond that of chance,
 * `mean^2 / (variance - mean)`. Infinite where chance explains it all: there are no lemons then.
 * @param counts failures of each host, two hosts or more
 */
export function scatterOf(counts: readonly number[], time: number): RateScatter {
  if (counts.length < 2 || !(time > 0)) throw new RangeError('two hosts and a time above 0');
  const mean = counts.reduce((sum, each) => sum + each, 0) / counts.length;
  const squares = counts.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const excess = squares / (counts.length - 1) - mean;
  const shape = excess > 0 ? (mean * mean) / excess : Number.POSITIVE_INFINITY;
  return { meanRate: mean / time, shape };
}

function checkScatter({ meanRate, shape }: RateScatter) {
  if (!(meanRate > 0) || !(shape > 0) || !Number.isFinite(meanRate + shape)) {
    throw new RangeError(`meanRate ${meanRate} and shape ${shape} must be finite and above 0`);
  }
}
