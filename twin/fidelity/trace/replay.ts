/**
 * Causal replay of a measured trace. Time is cut at multiples of the reveal interval; the samples of
 * one cut are all predicted before any of its power or temperature is seen, from utilisation up to
 * the sample itself and from power revealed at earlier cuts. Then they are scored and learnt.
 */
import { EXPERT_COUNT } from './experts.ts';
import { type Mixture, makeMixture, settleLosses } from './mixture.ts';
import type { Track } from './rows.ts';
import { type Card, makeCard } from './score.ts';
import {
  makePredicted,
  makeSeries,
  mixWindow,
  type Predicted,
  predictWindow,
  revealWindow,
  type Series,
  takeLoads,
} from './series.ts';
import { addToSlots, makeSlots, revealSlots, type Slots } from './sum.ts';

export interface ReplayOptions {
  /** Between two reveals, ms, from the epoch on; > 0. */
  readonly revealMs: number;
  /** Called with each entity's predictions before they are revealed; for tests and plots. */
  readonly onPredicted?: (track: Track, from: number, predicted: Predicted) => void;
  /** The same for the sum over entities, of which all values are means per entity. */
  readonly onSumPredicted?: (predicted: Predicted) => void;
  /** Called with each entity's power once it is revealed, and with the sum's under that name. */
  readonly onRevealed?: (name: string, predicted: Predicted) => void;
}

export interface EntityReplay {
  readonly track: Track;
  readonly power: Series;
  readonly temp?: Series;
}

export interface Replayed {
  readonly entities: readonly EntityReplay[];
  /** The sum over entities: its score, samples scored, and samples where too few reported. */
  readonly sum: { readonly card: Card; readonly skipped: number };
}

interface Shared {
  readonly revealMs: number;
  readonly power: Mixture;
  readonly temp: Mixture;
  readonly window: Predicted;
  readonly slots?: Slots;
  readonly options: ReplayOptions;
}

/** Replays tracks. @throws RangeError if the reveal interval is not positive */
export function replayTrace(tracks: readonly Track[], options: ReplayOptions): Replayed {
  const { revealMs } = options;
  if (!(revealMs > 0)) throw new RangeError(`revealMs must be positive, not ${revealMs}`);
  const columns = tracks[0]?.utilColumns ?? 0;
  const window = makePredicted(largestWindow(tracks, revealMs), columns, EXPERT_COUNT);
  const shared: Shared = {
    ...{ revealMs, window, options },
    power: makeMixture(EXPERT_COUNT),
    temp: makeMixture(EXPERT_COUNT),
    slots: tracks.length > 1 ? makeSlots(tracks, revealMs) : undefined,
  };
  const entities = tracks.map(track => entityOf(track, shared));
  replayWindows(entities, shared);
  const sum = shared.slots
    ? { card: shared.slots.series.card, skipped: shared.slots.skipped }
    : { card: entities[0]?.power.card ?? makeCard(), skipped: 0 };
  return { entities, sum };
}

const entityOf = (track: Track, { power, temp }: Shared): EntityReplay => ({
  track,
  power: makeSeries(track.utilColumns, { relative: true, common: power }),
  temp: track.tempC && makeSeries(track.utilColumns, { relative: false, common: temp }),
});

function replayWindows(entities: readonly EntityReplay[], shared: Shared) {
  const { revealMs, slots } = shared;
  const cursors = new Int32Array(entities.length);
  for (;;) {
    let next = Number.POSITIVE_INFINITY;
    for (let e = 0; e < entities.length; e++) {
      const atMs = entities[e].track.atMs[cursors[e]];
      if (atMs < next) next = atMs;
    }
    if (next === Number.POSITIVE_INFINITY) return;
    const endMs = (Math.floor(next / revealMs) + 1) * revealMs;
    for (let e = 0; e < entities.length; e++) {
      const { atMs } = entities[e].track;
      const from = cursors[e];
      let end = from;
      while (end < atMs.length && atMs[end] < endMs) end++;
      if (end > from) replayEntity(entities[e], { from, end }, shared);
      cursors[e] = end;
    }
    settleLosses(shared.power);
    settleLosses(shared.temp);
    if (slots) {
      revealSlots(slots, endMs - revealMs, shared.options.onSumPredicted);
      shared.options.onRevealed?.('sum', slots.window);
    }
    if (entities.length > 1) sharePrior(entities);
  }
}

function replayEntity(
  { track, power, temp }: EntityReplay,
  { from, end }: { from: number; end: number },
  shared: Shared,
) {
  replayColumn(power, track, { from, end, column: track.powerW }, shared);
  shared.options.onRevealed?.(track.name, shared.window);
  if (shared.slots) addToSlots(shared.slots, track, from, shared.window);
  if (temp && track.tempC) replayColumn(temp, track, { from, end, column: track.tempC }, shared);
}

function replayColumn(
  series: Series,
  track: Track,
  { from, end, column }: { from: number; end: number; column: Float64Array },
  { window, revealMs, options }: Shared,
) {
  const at = from * track.utilColumns;
  window.count = end - from;
  for (let i = from; i < end; i++) window.atMs[i - from] = track.atMs[i];
  takeLoads(series, window, track.utils, at);
  predictWindow(series, window, revealMs);
  mixWindow(series, window);
  options.onPredicted?.(track, from, window);
  for (let i = from; i < end; i++) window.values[i - from] = column[i];
  revealWindow(series, window, track.utils, at);
}

/**
 * The slope that entities have in common, relative to their mean, is the prior of each: a host that
 * has only been seen idle is expected to rise with load as the others do.
 */
function sharePrior(entities: readonly EntityReplay[]) {
  for (const quantity of ['power', 'temp'] as const) {
    const models = entities.flatMap(entity => entity[quantity]?.model ?? []);
    const columns = models[0]?.columns ?? 0;
    for (let j = 0; j < columns; j++) {
      let [sum, weight] = [0, 0];
      for (const { lines, meanValue } of models) {
        const { line, sums } = lines[lines.length - 1];
        const at = diagonalOf(j + 1, columns + 2);
        const moved = sums[at] - (sums[0] > 0 ? sums[j + 1] ** 2 / sums[0] : 0);
        if (!(meanValue > 0) || !(moved > 1)) continue;
        sum += line.slopes[j] / meanValue;
        weight++;
      }
      if (weight < 3) continue;
      for (const model of models) model.prior[j] = (sum / weight) * Math.max(0, model.meanValue);
    }
  }
}

/** Index of element (i, i) of an upper triangle of `width` stored by rows. */
const diagonalOf = (i: number, width: number) => i * width - (i * (i - 1)) / 2;

function largestWindow(tracks: readonly Track[], revealMs: number): number {
  let largest = 0;
  for (const { atMs } of tracks) {
    let [count, window] = [0, Number.NaN];
    for (const each of atMs) {
      const of = Math.floor(each / revealMs);
      count = of === window ? count + 1 : 1;
      window = of;
      if (count > largest) largest = count;
    }
  }
  return largest;
}
