/** `bench fork`: copying the whole state into a pooled buffer. */
import { stateHash } from '../../twin/index.ts';
import { calibrate, cpuSecondsOf, machine, median } from './machine.ts';
import { referenceSite } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

const RUNS = 15;

export async function benchFork(size: BenchSize): Promise<BenchResult> {
  const { twin } = referenceSite(size);
  const { state } = twin;
  let pooled = state.fork();
  const forks = Array.from({ length: RUNS }, () =>
    cpuSecondsOf(() => {
      pooled = state.fork(pooled);
    }),
  );
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
      stateMB: state.byteLength / 1e6,
      rssWithPooledMB: rssMB,
    },
    machine: machine(),
    calibration: calibrate(),
    hash,
  };
}
