/**
 * `bench fork`: copying the whole state into a pooled buffer. Between two copies every series has
 * been read again, and all that follows from it worked out; fresh memory takes all there is.
 */
import { stateHash, type Twin } from '../../twin/index.ts';
import { calibrate, cpuSecondsOf, machine, median } from './machine.ts';
import { plausibleValues, referenceCells, referenceSite } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

const RUNS = 15;

export async function benchFork(size: BenchSize): Promise<BenchResult> {
  const { twin, nowMs } = referenceSite(size);
  const { state } = twin;
  const readAgain = scrapes(twin, nowMs);
  let pooled = state.fork();
  const forks = Array.from({ length: RUNS }, (_, run) => {
    readAgain(run);
    return cpuSecondsOf(() => {
      pooled = state.fork(pooled);
    });
  });
  const copiedMB = pooled.copiedBytes / 1e6;
  const rssMB = process.memoryUsage.rss() / 1e6;
  const fresh = Array.from({ length: 3 }, () => cpuSecondsOf(() => state.fork()));
  const hash = stateHash(pooled);
  if (hash !== stateHash(state)) throw new Error('the fork differs from the state');
  return {
    name: 'fork',
    params: { size, entities: twin.topology.count },
    figures: {
      pooledCpuMs: 1000 * median(forks),
      freshCpuMs: 1000 * median(fresh),
      copiedMB,
      stateMB: state.byteLength / 1e6,
      rssWithPooledMB: rssMB,
    },
    machine: machine(),
    calibration: calibrate(),
    hash,
  };
}

/** Two rounds of readings by turns: what may differ from one to the next does. */
function scrapes(twin: Twin, startMs: number): (round: number) => void {
  const cells = referenceCells(twin);
  const rounds = [1, 2].map(round => plausibleValues(twin, cells, round));
  return round => {
    const atMs = startMs + 15_000 * (round + 1);
    const values = rounds[round % 2];
    cells.forEach((cell, i) => {
      twin.write(cell, twin.state.entityAt(cell), values[i], atMs);
    });
    twin.tick(atMs);
  };
}
