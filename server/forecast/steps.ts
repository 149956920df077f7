/**
 * Steps of a forecast. Answers come on the grid of their horizon, so that a new one overwrites the
 * points of the one before. While the past is too short for steps that long, shorter ones tell more.
 */
import {
  FORECAST_STEPS_MAX,
  FORECAST_VALUES_MAX,
  type Forecast,
  type ForecastGrid,
  forecastGrid,
} from '../../twin/index.ts';
import type { History } from '../history/contract.ts';

interface PastQuery {
  readonly history: History;
  readonly entity: string;
  readonly signal: string;
  readonly horizonS: number;
  readonly nowMs: number;
}

interface Past {
  /** From the first one known, up to the last whole step; empty when nothing is known. */
  readonly values: Float64Array;
  readonly stepS: number;
  /** End of the last value. */
  readonly fromMs: number;
}

/** Values that make a step worth taking: a back-test needs twelve, and something to choose from. */
const ENOUGH_VALUES = 24;
const FINER_STEPS_S = [300, 60];

/** @returns undefined when no history of this signal of this entity is kept. */
export async function pastOf(query: PastQuery): Promise<Past | undefined> {
  const { horizonS } = query;
  const grid = forecastGrid(horizonS);
  const steps = [grid.stepS, ...FINER_STEPS_S].filter(
    step => step <= grid.stepS && Math.ceil(horizonS / step) <= FORECAST_STEPS_MAX,
  );
  let past: Past | undefined;
  for (const stepS of new Set(steps)) {
    // A long step may have no whole one yet where a shorter one has some.
    past = (await read(query, stepS, grid)) ?? past;
    if (past && past.values.filter(value => !Number.isNaN(value)).length >= ENOUGH_VALUES) break;
  }
  return past;
}

async function read(
  query: PastQuery,
  stepS: number,
  grid: ForecastGrid,
): Promise<Past | undefined> {
  const { history, entity, signal, nowMs } = query;
  const stepMs = 1000 * stepS;
  const fromMs = Math.floor(nowMs / stepMs) * stepMs;
  const backMs = Math.min(1000 * grid.backS, FORECAST_VALUES_MAX * stepMs);
  const slice = await history.range({
    ...{ entity, signal, stepMs },
    ...{ fromMs: fromMs - backMs, toMs: fromMs },
  });
  if (!slice) return undefined;
  const first = slice.values.findIndex(value => !Number.isNaN(value));
  return { values: slice.values.subarray(first < 0 ? slice.values.length : first), stepS, fromMs };
}

/** The forecast at the points of the grid, and how long before its own start the grid's is. */
export function onGrid(made: Forecast, madeFromMs: number, grid: ForecastGrid) {
  const gridMs = 1000 * grid.stepS;
  const fromMs = Math.floor(madeFromMs / gridMs) * gridMs;
  const leadS = (madeFromMs - fromMs) / 1000;
  const perStep = grid.stepS / made.stepS;
  const skipped = leadS / made.stepS;
  const count = Math.floor((made.yhat.length + skipped) / perStep);
  const pick = (values: Float64Array) =>
    Float64Array.from({ length: count }, (_, i) => values[(i + 1) * perStep - skipped - 1]);
  return {
    fromMs,
    leadS,
    made: {
      ...made,
      stepS: grid.stepS,
      yhat: pick(made.yhat),
      lower80: pick(made.lower80),
      upper80: pick(made.upper80),
      lower95: pick(made.lower95),
      upper95: pick(made.upper95),
      testedSteps: Math.floor(made.testedSteps / perStep),
    },
  };
}
