/**
 * Hosts that take themselves off because of heat: firmware watches the air at their inlet, and the
 * processors of liquid-cooled ones trip over their coolant. Load and draught of such a host are gone
 * at once, and it stays off: somebody has to start it.
 */
import type { TransientState } from '../../physics/transient/columns.ts';
import { stopHost } from '../../physics/transient/stop.ts';
import type { Figure, Figures } from '../../tables/catalogue.ts';
import { HOST_OFF } from '../../tables/physics/host-off.ts';
import { INVENTORY } from '../../topology/classes.ts';
import type { Topology } from '../../topology/topology.ts';

/** Hosts obey the limit that is expected, or the highest that it may be. */
export type HostLimit = 'expected' | 'highest';

/** Temperatures at which one host goes off, °C: expected, and how far the true ones may lie off. */
interface Limits {
  readonly inletC: number;
  readonly inletLowK: number;
  readonly inletHighK: number;
  readonly coolantC: number;
  readonly coolantLowK: number;
  readonly coolantHighK: number;
}

export interface HeatWatch {
  /** Takes off what is too hot now. */
  switchOff(nowS: number): void;
  /** One a host: from when it is off by heat, s, and from when it may be; NaN: never. */
  readonly offAtS: Float32Array;
  readonly earliestAtS: Float32Array;
}

export interface Watched {
  readonly topology: Topology;
  readonly state: TransientState;
  /** One byte a host: it is off already; those that go off are added. */
  readonly isDark: Uint8Array;
  /** What the inlet of a host shows over the air of its rack, K. */
  readonly hostAdjustK: Float64Array;
  readonly limit: HostLimit;
}

export function watchHeat({ topology, state, isDark, hostAdjustK, limit }: Watched): HeatWatch {
  const { hosts, racks, loops, gpus, entities } = state;
  const ofClass = topology.classes.map(({ figures }) => limitsOf(figures));
  const unknown = limitsOf({});
  const limits = Array.from(entities.host, host => ofClass[topology.classIndex[host]] ?? unknown);
  const offAtS = new Float32Array(hosts.count).fill(Number.NaN);
  const earliestAtS = offAtS.slice();
  const hotSinceS = offAtS.slice();
  const share = limit === 'highest' ? 1 : 0;
  return {
    offAtS,
    earliestAtS,
    switchOff(nowS) {
      for (let host = 0; host < hosts.count; host++) {
        if (isDark[host] === 1) continue;
        const of = limits[host];
        const rack = hosts.rack[host];
        const inletK = racks.airC[rack] + hostAdjustK[host] - of.inletC;
        const loop = hosts.liquidRatio[host] > 0 ? racks.loop[rack] : -1;
        const coolantK = loop >= 0 ? loops.waterC[loop] - of.coolantC : Number.NEGATIVE_INFINITY;
        if (inletK < -of.inletLowK && coolantK < -of.coolantLowK) continue;
        if (Number.isNaN(earliestAtS[host])) earliestAtS[host] = nowS;
        if (!(inletK >= share * of.inletHighK)) hotSinceS[host] = Number.NaN;
        else if (Number.isNaN(hotSinceS[host])) hotSinceS[host] = nowS;
        // firmware waits whether air stays that hot; a processor that trips does not
        const isSure = nowS - hotSinceS[host] >= HOST_OFF.inletForS.value;
        if (!isSure && coolantK < share * of.coolantHighK) continue;
        isDark[host] = 1;
        offAtS[host] = nowS;
        stopHost(state, host);
        for (let g = hosts.gpuStart[host]; g < hosts.gpuStart[host + 1]; g++) {
          if (Number.isNaN(gpus.downAtS[g])) gpus.downAtS[g] = nowS;
        }
      }
    },
  };
}

/** Limits of the catalogue are of most makers; one that the inventory names is that of its hosts. */
function limitsOf(figures: Figures): Limits {
  const inlet = figures.inletShutdownTempC ?? HOST_OFF.inletShutdownTempC;
  const coolant = figures.coolantShutdownTempC ?? HOST_OFF.coolantShutdownTempC;
  const { inletLowC, inletHighC, coolantLowK, coolantHighK, sensorK } = HOST_OFF;
  const spread = ({ source }: Figure, lowK: number, highK: number) =>
    source === INVENTORY ? [sensorK.value, sensorK.value] : [lowK, highK];
  const inletC = inlet.value;
  const [inletLowK, inletHighK] = spread(
    inlet,
    inletC - inletLowC.value,
    inletHighC.value - inletC,
  );
  const [lowK, highK] = spread(coolant, coolantLowK.value, coolantHighK.value);
  return {
    ...{ inletC, inletLowK, inletHighK },
    ...{ coolantC: coolant.value, coolantLowK: lowK, coolantHighK: highK },
  };
}
