/** Roots of real polynomials: the poles of loops. */

export interface Complex {
  readonly re: number;
  readonly im: number;
}

const MAX_ROUNDS = 500;

/**
 * All roots by Aberth's method: Newton on every root at once, each pushed off by the others. Simple
 * roots come to about 1e-14 of their size, a root of order m to about 1e-(15/m): judge with a margin.
 * @param coefficients highest power first, the first not 0; degree 0 to 200
 * @throws RangeError on a leading 0 or a coefficient that is not finite
 */
export function rootsOf(coefficients: readonly number[]): Complex[] {
  if (!coefficients.every(Number.isFinite) || !coefficients[0]) {
    throw new RangeError(`coefficients [${coefficients.join(', ')}]: finite, the first not 0`);
  }
  if (coefficients.length > 201) throw new RangeError('degree over 200');
  const lead = coefficients[0];
  const monic = coefficients.map(each => each / lead);
  // Roots at 0 come from the trailing zeros, exactly.
  let zeros = 0;
  while (monic[monic.length - 1] === 0) {
    monic.pop();
    zeros++;
  }
  const none: Complex = { re: 0, im: 0 };
  return [...aberth(monic), ...Array.from({ length: zeros }, () => none)];
}

function aberth(monic: readonly number[]): Complex[] {
  const degree = monic.length - 1;
  const radius = startRadius(monic);
  const re = new Float64Array(degree);
  const im = new Float64Array(degree);
  for (let i = 0; i < degree; i++) {
    // Off the axes, so that no symmetry holds the places together.
    const angle = (2 * Math.PI * i) / degree + 0.7;
    re[i] = radius * Math.cos(angle);
    im[i] = radius * Math.sin(angle);
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let moved = 0;
    for (let i = 0; i < degree; i++) moved = Math.max(moved, improve(monic, re, im, i));
    if (moved < 1e-15) break;
  }
  return Array.from(re, (each, i) => ({ re: each, im: im[i] }));
}

/** No root is more than twice as far out (Fujiwara's bound). */
const startRadius = (monic: readonly number[]) =>
  Math.max(0, ...monic.slice(1).map((each, i) => Math.abs(each) ** (1 / (i + 1))));

/** One step of root `i`. @returns how far it moved, relative to its size */
function improve(monic: readonly number[], re: Float64Array, im: Float64Array, i: number): number {
  const newton = newtonStep(monic, re[i], im[i]);
  let pushRe = 0;
  let pushIm = 0;
  for (let j = 0; j < re.length; j++) {
    if (j === i) continue;
    const dRe = re[i] - re[j];
    const dIm = im[i] - im[j];
    const square = dRe * dRe + dIm * dIm;
    if (square === 0) continue;
    pushRe += dRe / square;
    pushIm -= dIm / square;
  }
  // step = newton / (1 - newton x push)
  const bottomRe = 1 - (newton.re * pushRe - newton.im * pushIm);
  const bottomIm = -(newton.re * pushIm + newton.im * pushRe);
  const step = divide(newton.re, newton.im, bottomRe, bottomIm);
  re[i] -= step.re;
  im[i] -= step.im;
  return Math.hypot(step.re, step.im) / Math.max(1e-300, Math.hypot(re[i], im[i]));
}

/** Value over slope, both by Horner's rule. */
function newtonStep(monic: readonly number[], re: number, im: number): Complex {
  let [valueRe, valueIm, slopeRe, slopeIm] = [monic[0], 0, 0, 0];
  for (let k = 1; k < monic.length; k++) {
    const nextSlope = slopeRe * re - slopeIm * im + valueRe;
    slopeIm = slopeRe * im + slopeIm * re + valueIm;
    slopeRe = nextSlope;
    const nextValue = valueRe * re - valueIm * im + monic[k];
    valueIm = valueRe * im + valueIm * re;
    valueRe = nextValue;
  }
  return divide(valueRe, valueIm, slopeRe, slopeIm);
}

function divide(aRe: number, aIm: number, bRe: number, bIm: number): Complex {
  const square = bRe * bRe + bIm * bIm;
  // A flat place: stay, and let the others push.
  if (square === 0) return { re: 0, im: 0 };
  return { re: (aRe * bRe + aIm * bIm) / square, im: (aIm * bRe - aRe * bIm) / square };
}
