/** Puts predictions where they wait to be scored, beside the last value and the mean known now. */
import {
  type Pending,
  type PredictedValue,
  type Prediction,
  readSignal,
  STALE,
  type State,
  signalIndex,
} from '../../twin/index.ts';

/** A quarter of an hour of predictions is a third of it. */
const WAITING_MAX = 150;

interface Mean {
  value: number;
  count: number;
}

export interface Scorer {
  /** @param state of now, which the prediction was made from */
  expect(state: State, made: Prediction, aheadS: number): void;
}

export function createScorer(pending: Pending): Scorer {
  /** Running means, by signal and entity. */
  const means = new Map<string, Mean>();

  function meanWith(key: string, value: number): number {
    const mean = means.get(key) ?? { value: 0, count: 0 };
    mean.value += (value - mean.value) / ++mean.count;
    means.set(key, mean);
    return mean.value;
  }

  return {
    expect(state, made, horizonS) {
      // nobody scores where nothing is calibrated
      if (pending.count > WAITING_MAX) return;
      const of = (kind: 'rack' | 'gpu', signal: string, values: readonly PredictedValue[]) => {
        const index = signalIndex(signal);
        const known = values.flatMap(({ entity, value: predicted }) => {
          const { value, quality } = readSignal(state, index, entity);
          if (!(quality > STALE) || !Number.isFinite(value)) return [];
          const mean = meanWith(`${signal} ${entity}`, value);
          return [{ entity, predicted, persistence: value, mean }];
        });
        pending.expect({
          ...{ kind, signal, horizonS, dueMs: made.atMs },
          entities: known.map(one => one.entity),
          predicted: known.map(one => one.predicted),
          persistence: known.map(one => one.persistence),
          mean: known.map(one => one.mean),
        });
      };
      of('rack', 'powerW', made.rackPowerW);
      of('rack', 'inletTempC', made.rackInletTempC);
      of('gpu', 'gpuTempC', made.gpuTempC);
    },
  };
}
