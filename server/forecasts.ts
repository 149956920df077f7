/** Forecasts of roll-ups from the recent history, with the time at which a limit is reached. */
import type { Logger } from 'pino';
import {
  type Explanation,
  explain,
  type Forecast,
  forecast,
  KINDS,
  type PlaneId,
  SIGNALS,
  signalIndex,
  timeToLimit,
} from '../twin/index.ts';
import type { Config } from './config.ts';
import type { History } from './history/contract.ts';
import type { InfluxForecasts } from './history/influx-forecast.ts';
import type { LiveTwin } from './live-twin.ts';

export interface ForecastAnswer {
  readonly entity: string;
  readonly kind: string;
  readonly signal: string;
  readonly fromMs: number;
  readonly now: number;
  readonly forecast: Forecast;
  /** What binds first above the entity, and when the forecast gets there; null: not in sight. */
  readonly limit?: {
    readonly entity: string;
    readonly value: number;
    readonly time: ReturnType<typeof timeToLimit>;
  };
}

export interface Forecasts {
  /** @returns undefined when no history of this signal of this entity is kept. */
  make(entity: string, signal: string, horizonS: number): Promise<ForecastAnswer | undefined>;
  /** The newest scheduled forecasts. */
  latest(): readonly ForecastAnswer[];
  start(): void;
  stop(): Promise<void>;
}

export interface ForecastOptions {
  readonly live: LiveTwin;
  readonly history: History;
  readonly config: Config['forecast'];
  readonly influx?: InfluxForecasts;
  readonly log: Logger;
}

const STEP_S = 60;
/** Fewer, longer steps for longer horizons: at most this many points. */
const MAX_STEPS = 360;
const LOOKBACK_STEPS = 2880;

export function createForecasts(options: ForecastOptions): Forecasts {
  const { live, history, config, influx, log } = options;
  let newest: ForecastAnswer[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function make(entity: string, signal: string, horizonS: number) {
    const stepS = STEP_S * Math.max(1, Math.ceil(horizonS / STEP_S / MAX_STEPS));
    const toMs = Math.floor(live.clock.now() / (1000 * stepS)) * 1000 * stepS;
    const past = await history.range({
      entity,
      signal,
      fromMs: toMs - LOOKBACK_STEPS * 1000 * stepS,
      toMs,
      stepMs: 1000 * stepS,
    });
    if (!past) return undefined;
    const values = past.values.subarray(past.values.findIndex(value => !Number.isNaN(value)));
    const { range } = SIGNALS[signalIndex(signal)];
    const horizonSteps = Math.ceil(horizonS / stepS);
    const made = forecast({ values, stepS, horizonSteps, range });
    const now = values.findLast(value => !Number.isNaN(value)) ?? Number.NaN;
    const index = live.twin.topology.indexOf(entity);
    const kind = KINDS[live.twin.topology.kind[index]].id;
    return {
      entity,
      kind,
      signal,
      fromMs: toMs,
      now,
      forecast: made,
      ...limitOf(signal, index, now, made),
    };
  }

  function limitOf(signal: string, entity: number, now: number, made: Forecast) {
    const explanation = bindingLimit(live, signal, entity);
    const binding = explanation?.chain.at(-1);
    if (!explanation || !binding || !Number.isFinite(explanation.headroom)) return {};
    // What may be added here, on top of what is here, is the limit as seen from here.
    const value = explanation.chain[0].load + explanation.headroom;
    const time = timeToLimit({
      ...{ now, yhat: made.yhat, lower: made.lower95, upper: made.upper95 },
      ...{ stepS: made.stepS, limit: value, compare: 'max' },
    });
    return { limit: { entity: live.twin.topology.ids[binding.entity], value, time } };
  }

  async function round() {
    const answers: ForecastAnswer[] = [];
    for (const [entity, signal] of scheduled(live, config)) {
      if (isStopped) return;
      const answer = await make(entity, signal, config.horizonS);
      if (!answer || answer.forecast.pointCount === 0) continue;
      answers.push(answer);
      influx?.write(seriesOf(answer));
      // Many forecasts in a row must not hold up ingest.
      await new Promise(resolve => setImmediate(resolve));
    }
    newest = answers;
  }

  return {
    make,
    latest: () => newest,
    start() {
      const again = () => {
        running = round().catch(error => log.error({ err: error }, 'forecasts failed'));
        timer = setTimeout(again, (1000 * config.everyS) / live.clock.speed);
      };
      timer = setTimeout(again, Math.min(30_000, 1000 * config.everyS) / live.clock.speed);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

function scheduled(live: LiveTwin, config: Config['forecast']): [string, string][] {
  const { topology } = live.twin;
  const entities = config.kinds.flatMap(kind => {
    const k = KINDS.findIndex(row => row.id === kind);
    return topology.ids.slice(topology.kindStart[k], topology.kindStart[k + 1]);
  });
  return config.signals.flatMap(signal =>
    entities.map(entity => [entity, signal] as [string, string]),
  );
}

const PLANE_OF: Readonly<Record<string, PlaneId>> = { powerW: 'power', heatW: 'cooling' };

function bindingLimit(live: LiveTwin, signal: string, entity: number): Explanation | undefined {
  const plane = PLANE_OF[signal];
  return plane && explain(live.twin.state, plane, entity);
}

const seriesOf = (answer: ForecastAnswer) => ({
  entity: answer.entity,
  kind: answer.kind as (typeof KINDS)[number]['id'],
  signal: answer.signal,
  model: answer.forecast.model,
  fromMs: answer.fromMs,
  stepMs: 1000 * answer.forecast.stepS,
  yhat: answer.forecast.yhat,
  lower: answer.forecast.lower95,
  upper: answer.forecast.upper95,
});
