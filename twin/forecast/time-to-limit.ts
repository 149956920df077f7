/** When a forecast reaches a limit. */

interface LimitQuestion {
  /** Value at the present, at time 0. */
  readonly now: number;
  readonly yhat: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly stepS: number;
  readonly limit: number;
  /** 'max': the limit must not be exceeded; 'min': not undercut. */
  readonly compare: 'max' | 'min';
}

/** Seconds from the present; null: not within the horizon. */
interface TimeToLimit {
  /** When the forecast itself gets there. */
  readonly atS: number | null;
  /** When the near edge of the band gets there. */
  readonly earliestS: number;
  /** When the far edge of the band gets there: past it the limit is reached almost surely. */
  readonly latestS: number | null;
}

/** Null when not even the near edge of the band gets there within the horizon. */
export function timeToLimit(question: LimitQuestion): TimeToLimit | null {
  const { yhat, lower, upper, compare } = question;
  const earliestS = crossingS(question, compare === 'max' ? upper : lower);
  if (earliestS === null) return null;
  return {
    atS: crossingS(question, yhat),
    earliestS,
    latestS: crossingS(question, compare === 'max' ? lower : upper),
  };
}

/** First time at which a line through `now` and the path touches the limit from the good side. */
function crossingS({ now, stepS, limit, compare }: LimitQuestion, path: Float64Array) {
  // How much is left: reached at 0 or below. Same code for both directions.
  const left = (value: number) => (compare === 'max' ? limit - value : value - limit);
  if (left(now) <= 0) return 0;
  let before = left(now);
  for (let h = 0; h < path.length; h++) {
    const after = left(path[h]);
    if (after <= 0) return stepS * (h + before / (before - after));
    before = after;
  }
  return null;
}
