/** Errors, counted up as values are revealed. */

const HOUR_MS = 3_600_000;

/** Sums over the scored samples of one prediction. */
interface Tally {
  n: number;
  /** Sum of |error| / value. */
  relative: number;
  absolute: number;
  error: number;
  square: number;
  truth: number;
}

const makeTally = (): Tally => ({
  ...{ n: 0, relative: 0, absolute: 0, error: 0, square: 0, truth: 0 },
});

/** @param unit what an error of one counts */
export function addToTally(tally: Tally, truth: number, predicted: number, unit: number) {
  const error = predicted - truth;
  const size = error < 0 ? -error : error;
  tally.n++;
  tally.relative += size / unit;
  tally.absolute += size;
  tally.error += error;
  tally.square += error * error;
  tally.truth += truth;
}

function joinTally(into: Tally, other: Tally) {
  into.n += other.n;
  into.relative += other.relative;
  into.absolute += other.absolute;
  into.error += other.error;
  into.square += other.square;
  into.truth += other.truth;
}

/** The predictions that are scored side by side. */
export interface Card {
  readonly model: Tally;
  readonly persistence: Tally;
  readonly mean: Tally;
  readonly line: Tally;
  readonly delta: Tally;
  inside: number;
  /** Values that were not scored: zero has no relative error; nothing was revealed before. */
  zero: number;
  unknown: number;
  hours: number;
  hoursUnder10: number;
  /** Hour of the newest scored sample since the epoch, and what came in it. */
  hour: number;
  hourCount: number;
  hourRelative: number;
}

export const makeCard = (): Card => ({
  ...{ model: makeTally(), persistence: makeTally(), mean: makeTally() },
  ...{ line: makeTally(), delta: makeTally(), inside: 0, hours: 0, hoursUnder10: 0 },
  ...{ zero: 0, unknown: 0 },
  ...{ hour: Number.NaN, hourCount: 0, hourRelative: 0 },
});

const BASELINES = ['persistence', 'mean', 'line', 'delta'] as const;

export function addToHour(card: Card, atMs: number, relative: number) {
  const hour = Math.floor(atMs / HOUR_MS);
  if (hour !== card.hour) closeHour(card);
  card.hour = hour;
  card.hourCount++;
  card.hourRelative += relative;
}

function closeHour(card: Card) {
  if (card.hourCount > 0) {
    card.hours++;
    if (card.hourRelative / card.hourCount < 0.1) card.hoursUnder10++;
  }
  card.hourCount = 0;
  card.hourRelative = 0;
}

/** Figures of the contract. Null where there is nothing to divide by. */
export interface Score {
  readonly n: number;
  readonly mapePct: number | null;
  /** Sum of errors over sum of true values, %. Positive: too high. */
  readonly biasPct: number | null;
  /** Mean error, in the unit of the trace. */
  readonly bias: number | null;
  readonly rmse: number | null;
  /** Mean absolute error, in the unit of the trace. */
  readonly mae: number | null;
  readonly hoursUnder10Pct: number | null;
  /** `1 - error of the model / error of the baseline`; MAPE for power, MAE for temperature. */
  readonly skillPersistence: number | null;
  readonly skillMean: number | null;
  /** Part of the true values inside the 90 % band given beforehand, 0-1. */
  readonly coverage90: number | null;
  readonly baselines: Readonly<Record<(typeof BASELINES)[number], BaselineScore>>;
}

interface BaselineScore {
  readonly mapePct: number | null;
  readonly mae: number | null;
  readonly rmse: number | null;
}

export function scoreOf(card: Card, by: 'relative' | 'absolute' = 'relative'): Score {
  closeHour(card);
  const { model } = card;
  const skill = (baseline: Tally) => complement(ratio(model[by], baseline[by]));
  const coverage90 = ratio(card.inside, model.n);
  return {
    ...{ n: model.n, mapePct: percent(ratio(model.relative, model.n)) },
    biasPct: percent(ratio(model.error, Math.abs(model.truth))),
    bias: ratio(model.error, model.n),
    rmse: root(ratio(model.square, model.n)),
    mae: ratio(model.absolute, model.n),
    hoursUnder10Pct: percent(ratio(card.hoursUnder10, card.hours)),
    skillPersistence: skill(card.persistence),
    skillMean: skill(card.mean),
    coverage90,
    baselines: {
      persistence: baselineOf(card.persistence),
      mean: baselineOf(card.mean),
      line: baselineOf(card.line),
      delta: baselineOf(card.delta),
    },
  };
}

const baselineOf = (tally: Tally): BaselineScore => ({
  mapePct: percent(ratio(tally.relative, tally.n)),
  mae: ratio(tally.absolute, tally.n),
  rmse: root(ratio(tally.square, tally.n)),
});

const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : null);
const percent = (value: number | null) => (value === null ? null : 100 * value);
const root = (value: number | null) => (value === null ? null : Math.sqrt(value));
const complement = (value: number | null) => (value === null ? null : 1 - value);

/** Scores of several entities as if their samples were one's. Empties nothing. */
export function pooledCard(cards: readonly Card[]): Card {
  const all = makeCard();
  for (const card of cards) {
    closeHour(card);
    joinTally(all.model, card.model);
    for (const name of BASELINES) joinTally(all[name], card[name]);
    all.inside += card.inside;
    all.hours += card.hours;
    all.hoursUnder10 += card.hoursUnder10;
  }
  return all;
}
