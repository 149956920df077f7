/**
 * One step of power and heat, in a fixed order: work and leakage to GPU power, throttle, host power,
 * PSUs, PDUs and UPSs, heat, liquid loops, rack air, and through it the inlets of the next step.
 * Every part is solved exactly for the powers of the step, so that long steps stay stable.
 */
import { stepAir, stepLoops } from './air.ts';
import type { TransientState } from './columns.ts';
import { gpuStoredJ, stepGpus } from './gpus.ts';
import { stepChain, stepHosts } from './hosts.ts';

/** Longest step: beyond it the exchange of air between racks is no longer told from its change. */
export const STEP_MAX_S = 300;

/**
 * Moves the state on by `dtS` seconds, in place. Deterministic: the same state and step give the
 * same bits.
 * @param dtS 0 < dtS <= 300; 1-30 s is usual
 * @throws RangeError for another step
 */
export function step(state: TransientState, dtS: number) {
  if (!(dtS > 0 && dtS <= STEP_MAX_S)) {
    throw new RangeError(`dtS is ${dtS}; it must be over 0 and at most ${STEP_MAX_S}`);
  }
  stepGpus(state, dtS);
  stepHosts(state, dtS);
  stepChain(state, dtS);
  stepLoops(state, dtS);
  stepAir(state, dtS);
  state.nowS += dtS;
}

/**
 * Energy held in GPUs, air, solids and liquid loops, J, over 0 °C. At every instant
 * `inJ = chainLossJ + airRemovedJ + liquidRemovedJ + storedJ(now) - storedJ(start)`.
 */
export function storedJ(state: TransientState): number {
  const { racks, rackKinds, loops } = state;
  let sum = gpuStoredJ(state);
  for (let rack = 0; rack < racks.count; rack++) {
    const { airJPerK, solidsJPerK } = rackKinds[racks.kind[rack]];
    sum += airJPerK * racks.airC[rack] + solidsJPerK * racks.solidsC[rack];
  }
  for (let loop = 0; loop < loops.count; loop++) {
    sum += loops.heatJPerK[loop] * loops.waterC[loop];
    sum += loops.asideJPerK[loop] * loops.asideC[loop];
  }
  return sum;
}

/** A fingerprint of all that a step changes: the same state and steps give the same one. */
export function transientHash({ gpus, hosts, racks, crahs, loops, chain }: TransientState): string {
  const columns = [
    ...[gpus.dieW, gpus.sinkW, gpus.powerW, hosts.powerW, hosts.fanRatio, racks.airC],
    ...[racks.solidsC, crahs.supplyC, loops.waterC, chain.inputW],
  ];
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (const { buffer, byteOffset, length } of columns) {
    const words = new Uint32Array(buffer, byteOffset, 2 * length);
    for (let i = 0; i < words.length; i++) {
      a = Math.imul((a ^ words[i]) >>> 0, 0x9e3779b1);
      a = (a << 13) | (a >>> 19);
      b = (Math.imul(b + words[i], 0x85ebca77) ^ a) >>> 0;
    }
  }
  return [a, b].map(lane => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}
