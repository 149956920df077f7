/**
 * Puts predictions where they wait to be scored, beside the last value and the mean that were known
 * when they were made. Long work stands between a frame and what is predicted from it: what is read
 * meanwhile neither of the two may know.
 */
import {
  MODELLED,
  type Pending,
  type PredictedSite,
  type PredictedValue,
  type Prediction,
  readSignal,
  type State,
  signalIndex,
} from '../../twin/index.ts';

const SCORED: readonly {
  readonly kind: 'rack' | 'gpu';
  readonly signal: string;
  /** In the order of the prediction. */
  entities(site: PredictedSite): Int32Array;
  of(prediction: Prediction): readonly PredictedValue[];
}[] = [
  { kind: 'rack', signal: 'powerW', entities: site => site.racks, of: made => made.rackPowerW },
  {
    ...{ kind: 'rack', signal: 'inletTempC' },
    ...{ entities: site => site.racks, of: made => made.rackInletTempC },
  },
  { kind: 'gpu', signal: 'gpuTempC', entities: site => site.gpus, of: made => made.gpuTempC },
];

export interface Scorer {
  /** What is shown as a frame is taken: once a frame. */
  follow(state: State): void;
  /** @param made from the frame that was followed last */
  expect(made: Prediction, aheadS: number): void;
}

export function createScorer(pending: Pending, site: PredictedSite): Scorer {
  const lines = SCORED.map(row => {
    const entities = row.entities(site);
    const column = () => new Float64Array(entities.length);
    const index = signalIndex(row.signal);
    const columns = { now: column().fill(Number.NaN), mean: column(), count: column() };
    return { ...row, index, entities, ...columns };
  });
  return {
    follow(state) {
      for (const { index, entities, now, mean, count } of lines) {
        entities.forEach((entity, i) => {
          now[i] = shownNow(state, index, entity);
          if (!Number.isNaN(now[i])) mean[i] += (now[i] - mean[i]) / ++count[i];
        });
      }
    },
    expect(made, horizonS) {
      for (const { kind, signal, of, entities, now, mean } of lines) {
        const all = of(made);
        // of what is not read nothing is told
        const told = [...all.keys()].filter(i => !Number.isNaN(all[i].now + now[i]));
        if (told.length === 0) continue;
        pending.expect({
          ...{ kind, signal, horizonS, dueMs: made.atMs, maker: 'prediction' },
          entities: told.map(i => entities[i]),
          predicted: told.map(i => all[i].value),
          persistence: told.map(i => now[i]),
          mean: told.map(i => mean[i]),
        });
      }
    },
  };
}

/** NaN where nothing is measured. */
function shownNow(state: State, signal: number, entity: number): number {
  const { value, quality } = readSignal(state, signal, entity);
  return quality > MODELLED && Number.isFinite(value) ? value : Number.NaN;
}
