/**
 * `bench transient`: fifteen minutes of power and heat of the whole site, in steps of 5 s, with the
 * work of a tenth of the hosts changing at every minute.
 */
import {
  step,
  storedJ,
  type TransientState,
  transientHash,
  transientOf,
} from '../../twin/index.ts';
import { calibrate, cpuSecondsOf, machine, median } from './machine.ts';
import { referenceSite } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

const STEP_S = 5;
const STEPS = 180;
const STEPS_A_MINUTE = 12;
const RUNS = 5;
/** Hosts of which one takes up other work at each minute. */
const CHANGING = 10;
const IDLE_W = 80;
const SPAN_W = 560;

export async function benchTransient(size: BenchSize): Promise<BenchResult> {
  const { twin } = referenceSite(size);
  const runs: number[] = [];
  let last = transientOf(twin.state, twin.topology);
  let balance = 0;
  for (let run = 0; run <= RUNS; run++) {
    const state = transientOf(twin.state, twin.topology);
    const beforeJ = storedJ(state);
    const spentS = cpuSecondsOf(() => quarterHour(state));
    // the first is for the compiler
    if (run > 0) runs.push(spentS);
    const { inJ, chainLossJ, airRemovedJ, liquidRemovedJ } = state.ledger;
    const outJ = chainLossJ + airRemovedJ + liquidRemovedJ;
    balance = Math.abs(inJ - outJ - (storedJ(state) - beforeJ)) / inJ;
    last = state;
  }
  const cpuS = median(runs);
  return {
    name: 'transient',
    params: { size, gpus: last.gpus.count, steps: STEPS, stepS: STEP_S },
    figures: {
      cpuS,
      leastCpuS: Math.min(...runs),
      nsPerGpuStep: (1e9 * cpuS) / STEPS / last.gpus.count,
      balanceRatio: balance,
    },
    machine: machine(),
    calibration: calibrate(),
    hash: transientHash(last),
  };
}

function quarterHour(state: TransientState) {
  const { gpus, hosts } = state;
  for (let at = 0; at < STEPS; at++) {
    if (at % STEPS_A_MINUTE === 0) {
      for (let host = (at / STEPS_A_MINUTE) % CHANGING; host < hosts.count; host += CHANGING) {
        const wobble = ((Math.imul(host + at, 2654435761) >>> 0) % 1000) / 1000;
        gpus.targetW.fill(IDLE_W + SPAN_W * wobble, hosts.gpuStart[host], hosts.gpuStart[host + 1]);
      }
    }
    step(state, STEP_S);
  }
}
