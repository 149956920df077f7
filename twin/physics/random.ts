/** Random numbers from a seed: the only source of chance in the engine. */

/**
 * Uniform numbers in [0, 1), the same on every machine for the same seed.
 *
 * Small fast counting generator (sfc32, C. Doty-Humphrey): 96 mixed bits and a 32-bit counter, in
 * integer arithmetic alone; no cycle is shorter than 2^32 numbers, the mean one is about 2^127. Each
 * number carries 32 random bits, so it is a multiple of 2^-32 and never 1. Not for secrets.
 * @param seed any finite number; its fraction and its upper bits count too
 * @throws RangeError if the seed is not finite
 */
export function seededRandom(seed: number): () => number {
  if (!Number.isFinite(seed)) throw new RangeError(`seed must be a finite number, not ${seed}`);
  const bits = new DataView(new ArrayBuffer(8));
  // Plus zero: -0 is the same seed as 0.
  bits.setFloat64(0, seed + 0);
  let a = 0;
  let b = bits.getInt32(4);
  let c = bits.getInt32(0);
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4294967296;
  };
  // Neighbouring seeds differ in few bits: these rounds spread them over the whole state.
  for (let round = 0; round < 20; round++) next();
  return next;
}

/** Standard normal number (Marsaglia's polar method; the second of each pair is let go). */
export function standardNormal(random: () => number): number {
  for (;;) {
    const x = 2 * random() - 1;
    const y = 2 * random() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/** Exponential number with the given mean; never infinite, for random() never gives 1. */
export const exponential = (random: () => number, mean: number) => -mean * Math.log1p(-random());
