/** Puts predictions where they wait to be scored, beside the last value and the mean known now. */
import {
  MODELLED,
  type Pending,
  type PredictedValue,
  type Prediction,
  readSignal,
  type State,
  signalIndex,
} from '../../twin/index.ts';

/** Running mean of each entity's values. */
interface Means {
  readonly value: Float64Array;
  readonly count: Float64Array;
}

interface Scored {
  readonly kind: 'rack' | 'gpu';
  readonly signal: string;
  readonly index: number;
  of(prediction: Prediction): readonly PredictedValue[];
}

const scored = (kind: Scored['kind'], signal: string, of: Scored['of']): Scored => ({
  ...{ kind, signal, index: signalIndex(signal), of },
});

const SCORED: readonly Scored[] = [
  scored('rack', 'powerW', made => made.rackPowerW),
  scored('rack', 'inletTempC', made => made.rackInletTempC),
  scored('gpu', 'gpuTempC', made => made.gpuTempC),
];

export interface Scorer {
  /** What is shown now goes into the means: once a frame. */
  follow(state: State): void;
  /** @param state of now, which the prediction was made from */
  expect(state: State, made: Prediction, aheadS: number): void;
}

/** @param entityCount of the generation that stands */
export function createScorer(pending: Pending, entityCount: number): Scorer {
  const means = SCORED.map(
    (): Means => ({ value: new Float64Array(entityCount), count: new Float64Array(entityCount) }),
  );
  const entities: (readonly number[])[] = SCORED.map(() => []);
  return {
    follow(state) {
      SCORED.forEach(({ index }, s) => {
        const { value, count } = means[s];
        for (const entity of entities[s]) {
          const now = shownNow(state, index, entity);
          if (!Number.isNaN(now)) value[entity] += (now - value[entity]) / ++count[entity];
        }
      });
    },
    expect(state, made, horizonS) {
      SCORED.forEach(({ kind, signal, index, of }, s) => {
        const all = of(made);
        entities[s] = all.map(({ entity }) => entity);
        const known = all.flatMap(({ entity, value: predicted, now }) => {
          // of what is not read nothing is told
          if (Number.isNaN(now)) return [];
          const persistence = shownNow(state, index, entity);
          if (Number.isNaN(persistence)) return [];
          const { value, count } = means[s];
          const mean = count[entity] > 0 ? value[entity] : persistence;
          return [{ entity, predicted, persistence, mean }];
        });
        if (known.length === 0) return;
        pending.expect({
          ...{ kind, signal, horizonS, dueMs: made.atMs, maker: 'prediction' as const },
          entities: known.map(one => one.entity),
          predicted: known.map(one => one.predicted),
          persistence: known.map(one => one.persistence),
          mean: known.map(one => one.mean),
        });
      });
    },
  };
}

/** NaN where nothing is measured. */
function shownNow(state: State, signal: number, entity: number): number {
  const { value, quality } = readSignal(state, signal, entity);
  return quality > MODELLED && Number.isFinite(value) ? value : Number.NaN;
}
