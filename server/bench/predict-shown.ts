/**
 * What the sensors of a plant show of a minute: the mean over its readings. Counted here anew, and
 * not by the predictor that is judged.
 */
import { KIND_INDEX, signalIndex, type TelemetryFrame, type Topology } from '../../twin/index.ts';

/** NaN where a sensor, or one of the PDUs of a rack, said nothing. */
export interface ShownMinute {
  readonly rackPowerW: Float64Array;
  /** Mean of all air probes of a rack. */
  readonly rackInletTempC: Float64Array;
  readonly gpuTempC: Float64Array;
}

const MINUTE_MS = 60_000;
const INLET = signalIndex('inletTempC');
const PDU_POWER = signalIndex('pduPowerW');
const GPU_TEMP = signalIndex('gpuTempC');

/** Means of what each sensor showed, by entity. */
interface Sums {
  readonly sum: Float64Array;
  readonly count: Float64Array;
}

export interface Places {
  readonly rack: readonly number[];
  readonly gpu: readonly number[];
}

export class ShownMinutes {
  readonly #topology: Topology;
  readonly #places: Places;
  readonly #open = new Map<number, Readonly<Record<number, Sums>>>();

  /** @param places entities, in the order of the truth */
  constructor(topology: Topology, places: Places) {
    this.#topology = topology;
    this.#places = places;
  }

  /** The minute that ends at this instant will be asked for. */
  expect(endMs: number) {
    const sums = () => ({
      sum: new Float64Array(this.#topology.count),
      count: new Float64Array(this.#topology.count),
    });
    this.#open.set(endMs, { [INLET]: sums(), [PDU_POWER]: sums(), [GPU_TEMP]: sums() });
  }

  take({ atMs, entity, signal, value }: TelemetryFrame) {
    for (const [endMs, sums] of this.#open) {
      if (atMs <= endMs - MINUTE_MS || atMs > endMs) continue;
      for (let i = 0; i < value.length; i++) {
        const of = sums[signal[i]];
        if (!of || entity[i] < 0) continue;
        of.sum[entity[i]] += value[i];
        of.count[entity[i]]++;
      }
    }
  }

  /** @throws Error for a minute that was not expected, or is closed */
  close(endMs: number): ShownMinute {
    const sums = this.#open.get(endMs);
    if (!sums) throw new Error(`no minute that ends at ${endMs} was expected`);
    this.#open.delete(endMs);
    const { rack, gpu } = this.#places;
    const meanOf = (signal: number, e: number) => sums[signal].sum[e] / sums[signal].count[e];
    return {
      gpuTempC: Float64Array.from(gpu, e => meanOf(GPU_TEMP, e)),
      rackInletTempC: Float64Array.from(rack, e => {
        const probes = [e, ...this.#partsOf(e, 'host')].map(probe => meanOf(INLET, probe));
        const heard = probes.filter(tempC => !Number.isNaN(tempC));
        return heard.reduce((sum, tempC) => sum + tempC, 0) / heard.length;
      }),
      rackPowerW: Float64Array.from(rack, e =>
        this.#partsOf(e, 'pdu').reduce((sum, pdu) => sum + meanOf(PDU_POWER, pdu), 0),
      ),
    };
  }

  #partsOf(entity: number, kind: 'host' | 'pdu'): number[] {
    const { childStart, childList, kind: kinds } = this.#topology;
    const parts = childList.subarray(childStart[entity], childStart[entity + 1]);
    return [...parts].filter(part => kinds[part] === KIND_INDEX[kind]);
  }
}
