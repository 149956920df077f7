/** Seeded series of known kinds, for tests and for the figures in docs/models.md. */

/** Uniform in [0, 1), by mulberry32 (T. Ettinger, public domain). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal, by Box and Muller. */
function normal(seed: number): () => number {
  const draw = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

type Make = (length: number, seed: number) => Float64Array;

const series = (length: number, at: (i: number) => number) =>
  Float64Array.from({ length }, (_, i) => at(i));

/** Each value is `keep` times the one before plus a normal step; starts at `start`. */
function autoregression(keep: number, step: number, seed: number, start = 0): () => number {
  const draw = normal(seed);
  let x = start;
  return () => {
    x = keep * x + step * draw();
    return x;
  };
}

/** Jobs of 8 GPUs come and go a few at a time: long flat stretches between jumps. */
function jobs(length: number, seed: number): Float64Array {
  const [draw, chance] = [normal(seed), uniform(seed + 1000)];
  let gpus = 500;
  return series(length, () => {
    if (chance() < 0.03) gpus = Math.max(0, Math.min(1280, gpus + 8 * Math.round(12 * draw())));
    return gpus;
  });
}

/** Quarter-hours, around 1000 W (the jobs: 0 to 1280 GPUs). */
export const SYNTHETIC: Readonly<Record<string, Make>> = {
  'white noise': (length, seed) => {
    const draw = normal(seed);
    return series(length, () => 1000 + 20 * draw());
  },
  'random walk': (length, seed) => series(length, autoregression(1, 5, seed, 1000)),
  'AR(1), 0.8': (length, seed) => {
    const next = autoregression(0.8, 20, seed);
    return series(length, () => 1000 + next());
  },
  'trend + noise': (length, seed) => {
    const draw = normal(seed);
    return series(length, i => 1000 + 2 * i + 20 * draw());
  },
  'day + AR(1), 0.7': (length, seed) => {
    const next = autoregression(0.7, 20, seed);
    return series(length, i => 1000 + 200 * Math.sin((2 * Math.PI * i) / 96) + next());
  },
  jobs,
};
