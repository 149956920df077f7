/**
 * The past of best estimates. What an estimate is chosen from is stored, the estimate is not: so it
 * is read as the first of its measuring points that has anything in the span.
 */
import { ESTIMATES, KINDS, type Topology } from '../../twin/index.ts';
import type {
  HistoryStore,
  RangeAnswer,
  RangeQuery,
  SamplesAnswer,
  SamplesQuery,
} from './store/contract.ts';

/** @param topology of the generation that stands */
export function withEstimates(store: HistoryStore, topology: () => Topology): HistoryStore {
  return {
    ...store,
    committed: (position, clockMs) => store.committed(position, clockMs),
    series: query => store.series(query),
    stats: () => store.stats(),
    close: () => store.close(),
    async range(query) {
      const signals = withSources(query.signals);
      if (signals.length === query.signals.length) return store.range(query);
      const answer = await store.range({ ...query, signals });
      return chosenValues(query, answer, choiceOf(topology(), query, signals));
    },
    async samples(query) {
      const signals = withSources(query.signals);
      if (signals.length === query.signals.length) return store.samples(query);
      const answer = await store.samples({ ...query, signals });
      return chosenSamples(query, answer, choiceOf(topology(), query, signals));
    },
  };
}

/** The signals, and behind them all that any of them may be estimated from. */
function withSources(signals: readonly string[]): readonly string[] {
  const rows = ESTIMATES.filter(row => signals.includes(row.signal));
  return [...new Set([...signals, ...rows.flatMap(row => row.from)])];
}

type Asked = Pick<RangeQuery, 'entities' | 'signals'>;

/** Series of the wider answer that may stand for one of the question, best first. */
type Choice = (entity: number, signal: number) => readonly number[];

function choiceOf(
  topology: Topology,
  { entities, signals }: Asked,
  all: readonly string[],
): Choice {
  const kinds = entities.map(id => {
    const entity = topology.indexOf(id);
    return entity < 0 ? undefined : KINDS[topology.kind[entity]].id;
  });
  return (entity, signal) => {
    const row = ESTIMATES.find(
      each => each.signal === signals[signal] && each.kind === kinds[entity],
    );
    return [signals[signal], ...(row?.from ?? [])].map(id => entity * all.length + all.indexOf(id));
  };
}

/** For each series asked for, the first of its choice that has anything; else the first. */
function chosen(
  { entities, signals }: Asked,
  choice: Choice,
  isThere: (series: number) => boolean,
) {
  return entities.flatMap((_, entity) =>
    signals.map((_id, signal) => {
      const series = choice(entity, signal);
      return series.find(isThere) ?? series[0];
    }),
  );
}

function chosenValues(query: RangeQuery, answer: RangeAnswer, choice: Choice): RangeAnswer {
  const { count, values } = answer;
  const of = (series: number) => values.subarray(series * count, (series + 1) * count);
  const isThere = (series: number) => of(series).some(value => !Number.isNaN(value));
  const picked = chosen(query, choice, isThere);
  const kept = new Float64Array(picked.length * count);
  picked.forEach((series, i) => {
    kept.set(of(series), i * count);
  });
  return { ...answer, values: kept };
}

function chosenSamples(query: SamplesQuery, answer: SamplesAnswer, choice: Choice): SamplesAnswer {
  const { starts, times, values } = answer;
  const picked = chosen(query, choice, series => starts[series] < starts[series + 1]);
  const kept = new Uint32Array(picked.length + 1);
  picked.forEach((series, i) => {
    kept[i + 1] = kept[i] + starts[series + 1] - starts[series];
  });
  const of = (from: Float64Array) => {
    const to = new Float64Array(kept[picked.length]);
    picked.forEach((series, i) => {
      to.set(from.subarray(starts[series], starts[series + 1]), kept[i]);
    });
    return to;
  };
  return { ...answer, starts: kept, times: of(times), values: of(values) };
}
