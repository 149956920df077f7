/** Forecasts of roll-ups from the recent history, with the time at which a limit is reached. */
import type { Logger } from 'pino';
import {
  entitiesOfKind,
  explain,
  type Forecast,
  forecast,
  forecastGrid,
  KINDS,
  type Kind,
  type PlaneId,
  SIGNALS,
  signalIndex,
  timeToLimit,
} from '../../twin/index.ts';
import type { InfluxForecasts } from '../forward/influx-forecast.ts';
import type { History } from '../history/contract.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { ForecastConfig } from './config.ts';
import { onGrid, pastOf } from './steps.ts';

export interface ForecastAnswer {
  readonly entity: string;
  readonly kind: Kind;
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

interface ForecastOptions {
  readonly live: LiveTwin;
  readonly history: History;
  readonly config: ForecastConfig;
  readonly influx?: InfluxForecasts;
  readonly log: Logger;
}

export function createForecasts(options: ForecastOptions): Forecasts {
  const { live, history, config, influx, log } = options;
  let newest: ForecastAnswer[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function make(entity: string, signal: string, horizonS: number) {
    const grid = forecastGrid(horizonS);
    const past = await pastOf({ history, entity, signal, horizonS, nowMs: live.clock.now() });
    const index = live.twin.topology.indexOf(entity);
    // A new inventory may have come while the history was read.
    if (!past || index < 0) return undefined;
    const { values, stepS, fromMs } = past;
    const { range } = SIGNALS[signalIndex(signal)];
    const fine = forecast({ values, stepS, horizonSteps: Math.ceil(horizonS / stepS), range });
    const now = values.findLast(value => !Number.isNaN(value)) ?? Number.NaN;
    const kind = KINDS[live.twin.topology.kind[index]].id;
    const limit = limitOf(live, signal, index);
    const { made, leadS, ...at } = onGrid(fine, fromMs, grid);
    return {
      ...{ entity, kind, signal, now, forecast: made, ...at },
      ...(limit
        ? {
            limit: {
              ...limit,
              time: isTold(fine, now, limit) ? timeOf(fine, now, limit.value, leadS) : null,
            },
          }
        : {}),
    };
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

function scheduled(live: LiveTwin, config: ForecastConfig): [string, string][] {
  const { topology } = live.twin;
  const entities = config.kinds.flatMap(kind => entitiesOfKind(topology, kind));
  return config.signals.flatMap(signal =>
    entities.map((entity): [string, string] => [topology.ids[entity], signal]),
  );
}

const PLANE_OF: Readonly<Record<string, PlaneId>> = { powerW: 'power', heatW: 'cooling' };

/** What binds first above an entity, as seen from there: its load and what may be added to it. */
function limitOf(live: LiveTwin, signal: string, entity: number) {
  const plane = PLANE_OF[signal];
  live.settle();
  const explanation = plane && explain(live.twin.state, plane, entity);
  const binding = explanation?.chain.at(-1);
  if (!explanation || !binding || !Number.isFinite(explanation.headroom)) return undefined;
  const value = explanation.chain[0].load + explanation.headroom;
  return { entity: live.twin.topology.ids[binding.entity], value };
}

/** A band that no back-test stands behind is a guess: it says nothing about when. */
const isTold = ({ origins }: Forecast, now: number, limit: { readonly value: number }) =>
  origins > 0 || now >= limit.value;

/** Seconds from the answer's start, which is `leadS` before the forecast's own. */
function timeOf(made: Forecast, now: number, limit: number, leadS: number) {
  const time = timeToLimit({
    ...{ now, yhat: made.yhat, lower: made.lower95, upper: made.upper95 },
    ...{ stepS: made.stepS, limit, compare: 'max' },
  });
  if (!time) return time;
  const later = (seconds: number | null) => (seconds === null ? null : seconds + leadS);
  return {
    atS: later(time.atS),
    earliestS: time.earliestS + leadS,
    latestS: later(time.latestS),
  };
}

const seriesOf = (answer: ForecastAnswer) => ({
  entity: answer.entity,
  kind: answer.kind,
  signal: answer.signal,
  model: answer.forecast.model,
  fromMs: answer.fromMs,
  stepMs: 1000 * answer.forecast.stepS,
  yhat: answer.forecast.yhat,
  lower: answer.forecast.lower95,
  upper: answer.forecast.upper95,
});
