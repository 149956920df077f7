/** `bench whatif`: gangs of 8 to 4,096 GPUs asked of the site, without transient. */
import { KIND_INDEX, type Twin, whatIf } from '../../twin/index.ts';
import { calibrate, cpuSecondsOf, machine, median, quantile } from './machine.ts';
import { referenceSite } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

const GANGS = [8, 32, 64, 256, 1024, 4096];
const WARM_UP = 3;
const ROUNDS = 50;

export async function benchWhatif(size: BenchSize): Promise<BenchResult> {
  const { twin } = referenceSite(size);
  for (let i = 0; i < WARM_UP; i++) for (const gpus of GANGS) ask(twin, gpus);
  const spent: number[] = [];
  const byGang = new Map<number, number[]>();
  const answers: string[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    for (const gpus of GANGS) {
      let answer = '';
      const took =
        1000 *
        cpuSecondsOf(() => {
          answer = ask(twin, gpus);
        });
      spent.push(took);
      byGang.set(gpus, [...(byGang.get(gpus) ?? []), took]);
      if (i === 0) answers.push(`${gpus} ${answer}`);
    }
  }
  const { kindStart } = twin.topology;
  return {
    name: 'whatif',
    params: {
      size,
      hosts: kindStart[KIND_INDEX.host + 1] - kindStart[KIND_INDEX.host],
      gangs: GANGS,
      rounds: ROUNDS,
    },
    figures: {
      p50CpuMs: quantile(spent, 0.5),
      p99CpuMs: quantile(spent, 0.99),
      ...Object.fromEntries([...byGang].map(([gpus, ms]) => [`medianCpuMs${gpus}`, median(ms)])),
    },
    machine: machine(),
    calibration: calibrate(),
    hash: answers.join('; '),
  };
}

/** @returns a digest of the answer: the level and the first and last host */
function ask(twin: Twin, gpus: number): string {
  const answer = whatIf(twin, {
    name: undefined,
    changes: [{ place: { gpus, perHost: 8 } }],
    notes: [],
  });
  if (!answer.ok) throw new Error(answer.problems[0].message);
  const { fits, topologyLevel, where, instead } = answer.value;
  return fits
    ? `${topologyLevel} ${where[0].host} to ${where.at(-1)?.host}`
    : `refused at ${instead?.gpus}`;
}
