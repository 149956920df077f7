/**
 * Heatsinks follow the air at their inlet with their own time constant. The poles of a GPU hold its
 * rise over its coolant, which would follow at once: for changes within seconds, such as fans of a
 * room that stop and start again, that is too soon by half a minute.
 */
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { TransientState } from './columns.ts';

const REF_SPEED = TRANSIENT.sinkSpeedRefRatio.value;

export interface SinkLag {
  /** Air that the sinks of each host have come to, °C. */
  readonly airC: Float64Array;
  /** Of each host over the air of its rack, K. */
  readonly offsetK: Float64Array;
}

/** At rest: sinks are at the air they have now. */
export function sinkLag({ hosts, racks }: TransientState): SinkLag {
  const offsetK = hosts.inletOffsetK.slice();
  return { offsetK, airC: offsetK.map((k, host) => racks.airC[hosts.rack[host]] + k) };
}

/** To be called after each step: what the next one takes as inlets of GPUs follows by `dtS`. */
export function followInlets(state: TransientState, lag: SinkLag, dtS: number) {
  const { hosts, racks, gpuKinds } = state;
  for (let host = 0; host < hosts.count; host++) {
    const { sinkTauS, sinkSpeedExponent } = gpuKinds[hosts.gpuKind[host]];
    const rackC = racks.airC[hosts.rack[host]];
    const tauS = sinkTauS * (hosts.fanRatio[host] / REF_SPEED) ** -sinkSpeedExponent;
    lag.airC[host] += (rackC + lag.offsetK[host] - lag.airC[host]) * -Math.expm1(-dtS / tauS);
    hosts.inletOffsetK[host] = lag.airC[host] - rackC;
  }
}
