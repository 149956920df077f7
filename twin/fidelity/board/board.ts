/**
 * The fidelity board: how wrong the twin's predictions were, a line for each layer, signal and
 * horizon. Causal: whoever adds to it predicts first and learns afterwards.
 */
import { BOARD } from '../../tables/fidelity-board.ts';
import type { Kind } from '../../tables/kinds.ts';
import { SIGNALS, signalIndex } from '../../tables/signals.ts';
import { isDrifting } from './drift.ts';
import { Sheet, type SheetOptions } from './sheet.ts';

export interface BoardKey {
  /** The layer. */
  readonly kind: Kind;
  readonly signal: string;
  /** How long before the value the prediction, or the last reading of its meter, was. */
  readonly horizonS: number;
  /** `prediction`: made so long before its time. Absent: a model that knows all but its meter. */
  readonly maker?: 'prediction';
}

/** Errors of a prediction: its 5 % and 95 % quantiles. */
export interface ErrorBand {
  /** `actual` lies between `predicted + low * scale` and `predicted + high * scale`. */
  readonly low: number;
  readonly high: number;
  /** The scale is the prediction itself; otherwise 1 in the unit of the signal. */
  readonly isRelative: boolean;
  /** Part that a value had of lying inside, by what was drawn before it; NaN: not told yet. */
  readonly coverageRatio: number;
}

/** Figures of one line; NaN where there is nothing to tell, or where custom has no such figure. */
export interface BoardScore extends BoardKey {
  /** Values scored since the start, and the weight of those that still count. */
  readonly count: number;
  readonly weight: number;
  /** Rounds in which something was scored; below `SCORED_ROUNDS_LEAST` skills say little yet. */
  readonly rounds: number;
  readonly isEarly: boolean;
  readonly mapeRatio: number;
  /** Mean of predicted less actual, in the unit of the signal. */
  readonly bias: number;
  readonly rmse: number;
  /** Bias and RMSE over the mean of the actual values (ASHRAE Guideline 14); powers only. */
  readonly nmbeRatio: number;
  readonly cvRmseRatio: number;
  /**
   * `1 - error / that of the baseline`: 0 is no better, 1 is perfect. The error is the mean absolute
   * one: in parts of the value for powers, in kelvins for temperatures, as in `orrery fidelity`.
   */
  readonly skillPersistence: number;
  readonly skillMean: number;
  readonly band: ErrorBand | undefined;
  readonly driftingSinceMs: number;
  /** What has left its usual level: the mean error, or its size. Undefined while nothing has. */
  readonly drift: DriftTold | undefined;
}

/** In parts of the prediction for powers, else in the unit of the signal. */
export interface DriftTold {
  readonly of: 'bias' | 'size';
  readonly isRelative: boolean;
  /** Mean over many blocks before it, and over the last one. */
  readonly usual: number;
  readonly now: number;
}

interface BoardOptions {
  readonly halfLifeS: number;
  readonly blockS: number;
}

/** Values of one round err alike: a skill over fewer rounds is chance, and of models that still learn. */
export const SCORED_ROUNDS_LEAST = BOARD.scoredRoundsLeast.value;
const RELATIVE_SPREAD_MIN = BOARD.spreadLeastRatio.value;
const ABSOLUTE_SPREAD_MIN = BOARD.spreadLeastK.value;

export class Board {
  readonly options: BoardOptions;
  readonly #sheets = new Map<string, { readonly key: BoardKey; readonly sheet: Sheet }>();

  constructor(options: BoardOptions) {
    this.options = options;
  }

  /** The line to add to; made when first asked for. @throws RangeError for an unknown signal */
  sheet(key: BoardKey): Sheet {
    const known = this.#sheets.get(nameOf(key));
    if (known) return known.sheet;
    const sheet = new Sheet(this.#optionsOf(key));
    this.#sheets.set(nameOf(key), { key, sheet });
    return sheet;
  }

  #optionsOf({ signal }: BoardKey): SheetOptions {
    const isRelative = isRelativeSignal(signal);
    const spreadMin = isRelative ? RELATIVE_SPREAD_MIN : ABSOLUTE_SPREAD_MIN;
    return { ...this.options, isRelative, spreadMin };
  }

  endRound(nowMs: number) {
    for (const { sheet } of this.#sheets.values()) sheet.endRound(nowMs);
  }

  /** In the order in which the lines were made. */
  sheets(): readonly { readonly key: BoardKey; readonly sheet: Sheet }[] {
    return [...this.#sheets.values()];
  }

  scores(): readonly BoardScore[] {
    return this.sheets().map(({ key, sheet }) => scoreOf(key, sheet));
  }

  /** @returns undefined while too little was scored, or nothing ever of this kind */
  band(key: BoardKey): ErrorBand | undefined {
    const known = this.#sheets.get(nameOf(key));
    return known && bandOf(known.sheet);
  }

  driftingCount(): number {
    return this.scores().filter(score => !Number.isNaN(score.driftingSinceMs)).length;
  }
}

const nameOf = ({ kind, signal, horizonS, maker }: BoardKey) =>
  `${kind} ${signal} ${horizonS} ${maker ?? ''}`;

/** Temperatures have no natural zero: their errors stay in kelvins. */
const isRelativeSignal = (signal: string) =>
  !['C', 'K'].includes(SIGNALS[signalIndex(signal)].unit);

function bandOf(sheet: Sheet): ErrorBand | undefined {
  if (Number.isNaN(sheet.low)) return undefined;
  const coverageRatio = sheet.sum('covered') / sheet.sum('banded');
  return {
    low: sheet.low,
    high: sheet.high,
    isRelative: sheet.options.isRelative,
    coverageRatio,
  };
}

function scoreOf(key: BoardKey, sheet: Sheet): BoardScore {
  const weight = sheet.sum('weight');
  const bias = sheet.sum('error') / weight;
  const rmse = Math.sqrt(sheet.sum('square') / weight);
  const mean = sheet.options.isRelative ? Math.abs(sheet.sum('actual') / weight) : Number.NaN;
  const size = sheet.sum('scaled');
  const { bias: byBias, size: bySize, count, rounds } = sheet.state;
  const since = [byBias, bySize].filter(isDrifting).map(drift => drift.sinceMs);
  return {
    ...key,
    ...{ count, weight, rounds, isEarly: rounds < SCORED_ROUNDS_LEAST },
    ...{ bias, rmse, band: bandOf(sheet) },
    mapeRatio: sheet.options.isRelative
      ? sheet.sum('relative') / sheet.sum('relativeWeight')
      : Number.NaN,
    nmbeRatio: bias / mean,
    cvRmseRatio: rmse / mean,
    skillPersistence: skill(size, sheet.sum('scaledPersistence')),
    skillMean: skill(size, sheet.sum('scaledMean')),
    driftingSinceMs: since.length > 0 ? Math.min(...since) : Number.NaN,
    drift: driftOf(sheet),
  };
}

/** Blocks hold measured less predicted; errors are told the other way round. */
function driftOf({ state: { bias, size }, options }: Sheet): DriftTold | undefined {
  const { isRelative } = options;
  if (isDrifting(bias)) return { of: 'bias', isRelative, usual: -bias.mean, now: -bias.last };
  if (isDrifting(size)) return { of: 'size', isRelative, usual: size.mean, now: size.last };
  return undefined;
}

/** Against a baseline without any error there is nothing to win: not told. */
const skill = (size: number, baseline: number) => (baseline > 0 ? 1 - size / baseline : Number.NaN);

/** A prediction with its band; undefined where none is known. */
export function withBand(predicted: number, band: ErrorBand | undefined) {
  if (!band) return undefined;
  const scale = band.isRelative ? Math.abs(predicted) : 1;
  return { low: predicted + band.low * scale, high: predicted + band.high * scale };
}
