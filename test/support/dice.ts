/** Seeded whole numbers. */
import { uniform } from './synthetic-series.ts';

/** Uniform in 0 to `sides - 1`. */
export type Dice = (sides: number) => number;

export function diceOf(seed: number): Dice {
  const draw = uniform(seed);
  return sides => Math.floor(draw() * sides);
}
