/**
 * Heatsinks follow the air at their inlet with their own time constant. The poles of a GPU hold its
 * rise over its coolant, which would follow at once: for changes within seconds, such as fans of a
 * room that stop and start again, that is too soon by half a minute.
 */
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { GpuKind, TransientState } from './columns.ts';

const REF_SPEED = TRANSIENT.sinkSpeedRefRatio.value;
const FAN_LEVELS = 64;

interface SinkLag {
  /** Air that the sinks of each host have come to, °C. */
  readonly airC: Float64Array;
  /** Of each host over the air of its rack, K. */
  readonly offsetK: Float64Array;
  /** Part of the way gone in a step, by fan level, for each kind of GPU; and that step, s. */
  readonly shares: Float64Array[];
  dtS: number;
}

/** At rest: sinks are at the air they have now. */
export function sinkLag({ hosts, racks, gpuKinds }: TransientState): SinkLag {
  const offsetK = hosts.inletOffsetK.slice();
  return {
    offsetK,
    airC: offsetK.map((k, host) => racks.airC[hosts.rack[host]] + k),
    shares: gpuKinds.map(() => new Float64Array(FAN_LEVELS + 1)),
    dtS: Number.NaN,
  };
}

/** To be called after each step: what the next one takes as inlets of GPUs follows by `dtS`. */
export function followInlets(
  { hosts, racks, gpuKinds }: TransientState,
  lag: SinkLag,
  dtS: number,
) {
  if (lag.dtS !== dtS) {
    lag.shares.forEach((shares, kind) => {
      fillShares(shares, gpuKinds[kind], dtS);
    });
  }
  lag.dtS = dtS;
  const { airC, offsetK } = lag;
  for (let host = 0; host < hosts.count; host++) {
    const rackC = racks.airC[hosts.rack[host]];
    const share = lag.shares[hosts.gpuKind[host]][Math.round(hosts.fanRatio[host] * FAN_LEVELS)];
    const nextC = airC[host] + share * (rackC + offsetK[host] - airC[host]);
    airC[host] = nextC;
    hosts.inletOffsetK[host] = nextC - rackC;
  }
}

function fillShares(shares: Float64Array, { sinkTauS, sinkSpeedExponent }: GpuKind, dtS: number) {
  for (let level = 0; level <= FAN_LEVELS; level++) {
    const speed = Math.max(0.05, level / FAN_LEVELS) / REF_SPEED;
    shares[level] = -Math.expm1(-dtS / (sinkTauS * speed ** -sinkSpeedExponent));
  }
}
