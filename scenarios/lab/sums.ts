/** Sums over time since the start, from which means over any window follow by subtraction. */
import { STEP_S, type State } from './state.ts';

export interface Sums {
  readonly gpuPowerW: Float64Array;
  readonly gpuTempC: Float64Array;
  readonly utilRatio: Float64Array;
  readonly smRatio: Float64Array;
  readonly hostPowerW: Float64Array;
  readonly hostInletTempC: Float64Array;
  readonly rackPowerW: Float64Array;
  readonly rackInletTempC: Float64Array;
  readonly psuInputW: Float64Array;
  readonly pduPowerW: Float64Array;
  readonly feedPowerW: Float64Array;
}

/** Value times seconds, of what the state shows for the step just made. */
const columnsOf = ({ gpu, host, rack, psu, pdu, feedPowerW }: State): Sums => ({
  ...{ gpuPowerW: gpu.powerW, gpuTempC: gpu.tempC },
  ...{ utilRatio: gpu.utilRatio, smRatio: gpu.smRatio },
  ...{ hostPowerW: host.powerW, hostInletTempC: host.inletTempC },
  ...{ rackPowerW: rack.powerW, rackInletTempC: rack.inletTempC },
  ...{ psuInputW: psu.inputW, pduPowerW: pdu.powerW, feedPowerW },
});

const mapSums = (sums: Sums, map: (column: Float64Array, name: keyof Sums) => Float64Array): Sums =>
  Object.fromEntries(
    (Object.keys(sums) as (keyof Sums)[]).map(name => [name, map(sums[name], name)]),
  ) as unknown as Sums;

export interface SumBook {
  readonly sums: Sums;
  add(): void;
}

export function createSums(state: State): SumBook {
  const columns = columnsOf(state);
  const sums = mapSums(columns, column => new Float64Array(column.length));
  const pairs = (Object.keys(sums) as (keyof Sums)[]).map(name => [sums[name], columns[name]]);
  return {
    sums,
    add() {
      for (const [sum, column] of pairs) {
        for (let at = 0; at < sum.length; at++) sum[at] += column[at] * STEP_S;
      }
    },
  };
}

/** A window of the sums: their means since it was last opened. */
interface SumWindow {
  /** Means over the window in the columns of `means`; opens the next one. */
  close(spanS: number): void;
  readonly means: Sums;
}

export function openWindow({ sums }: SumBook): SumWindow {
  const since = mapSums(sums, column => column.slice());
  const means = mapSums(sums, column => new Float64Array(column.length));
  const triples = (Object.keys(sums) as (keyof Sums)[]).map(
    name => [sums[name], since[name], means[name]] as const,
  );
  return {
    means,
    close(spanS) {
      for (const [sum, from, mean] of triples) {
        for (let at = 0; at < sum.length; at++) mean[at] = (sum[at] - from[at]) / spanS;
        from.set(sum);
      }
    },
  };
}
