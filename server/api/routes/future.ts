/** Questions about what is not (yet): what-if and forecast. */
import { z } from 'zod';
import {
  horizon,
  type Parsed,
  parseWhatIf,
  SIGNALS,
  signalIndex,
  type Topology,
  whatIf,
  whatIfAnswerSchema,
  whatIfInParts,
} from '../../../twin/index.ts';
import { DURATION, secondsIn } from '../../duration.ts';
import { withBands } from '../../whatif/bands.ts';
import { courseKnowledge } from '../../whatif/knowledge.ts';
import { inTurns } from '../../whatif/turns.ts';
import { ProblemError, unprocessable } from '../problem.ts';
import { isoTime, pastRoute, route } from '../route.ts';
import { entityOf, hintFor } from '../scope.ts';
import { oneSignal } from '../values.ts';

const ask = pastRoute({
  method: 'post',
  path: '/api/v1/whatif',
  summary:
    'A placement, drain, failure, set-point or power cap tried on the live model, which stays ' +
    'untouched; with a horizon also the course of power and heat',
  tag: 'what-if',
  role: 'viewer',
  query: z.object({
    horizonS: z.coerce
      .number('a number of seconds')
      .pipe(horizon)
      .optional()
      .describe('As `horizonS` of the document, for manifests too; it goes before that.'),
  }),
  body: z.union([z.looseObject({}), z.array(z.looseObject({}))]),
  answer: whatIfAnswerSchema,
  async handle({ body, query }, { live, trust }) {
    const { topology } = live.twin;
    const request = ok(parseWhatIf(body), topology);
    const { horizonS = request.horizonS ?? 0 } = query;
    const { state, limits, judge } = live.twin;
    const learned = horizonS > 0 && trust ? courseKnowledge(state, trust) : {};
    const base = { state, limits, judge, learned };
    const asked = { ...request, horizonS };
    const answer = horizonS > 0 ? await inTurns(whatIfInParts(base, asked)) : whatIf(base, asked);
    return withBands(ok(answer, topology), trust);
  },
});

/** @throws ProblemError 422, with the nearest ids where one is unknown */
function ok<T>(parsed: Parsed<T>, topology: Topology): T {
  if (parsed.ok) return parsed.value;
  const named = parsed.problems.map(({ path, message, unknownId }) => ({
    ...{ path, message: unknownId ? `${message}; ${hintFor(topology, unknownId)}` : message },
  }));
  throw unprocessable(named);
}

const duration = z
  .string()
  .regex(DURATION, 'a duration such as 90m, 6h or 2d')
  .transform(secondsIn)
  .refine(seconds => seconds >= 60 && seconds <= 30 * 86_400, 'between 1m and 30d');

const point = z.object({
  at: z.iso.datetime(),
  yhat: z.number(),
  yhatLower: z.number(),
  yhatUpper: z.number(),
});

const forecasts = route({
  method: 'get',
  path: '/api/v1/forecast',
  summary:
    'Forecast of a roll-up with its 95 % band, how its models did, and the time to the limit',
  tag: 'forecast',
  role: 'viewer',
  query: z.object({
    entity: z.string(),
    signal: z.string().default('powerW'),
    horizon: duration.default(6 * 3600),
  }),
  answer: z
    .object({ entity: z.string(), signal: z.string(), model: z.string(), points: z.array(point) })
    .loose(),
  async handle({ query }, service) {
    entityOf(service.live.twin.topology, query.entity);
    oneSignal(query.signal);
    const answer = await service.forecasts.make(query.entity, query.signal, query.horizon);
    if (!answer) {
      const detail = `there is no history of ${query.signal} of ${query.entity} yet, or none is kept`;
      throw new ProblemError(404, detail);
    }
    const { forecast, fromMs, limit } = answer;
    const at = (seconds: number) => isoTime(fromMs + 1000 * seconds);
    const atOrNull = (seconds: number | null) => (seconds === null ? null : at(seconds));
    return {
      entity: answer.entity,
      signal: answer.signal,
      unit: SIGNALS[signalIndex(query.signal)].unit,
      at: at(0),
      now: Number.isNaN(answer.now) ? null : answer.now,
      model: forecast.model,
      reason: forecast.reason,
      horizonS: forecast.yhat.length * forecast.stepS,
      stepS: forecast.stepS,
      testedS: forecast.testedSteps * forecast.stepS,
      pointCount: forecast.pointCount,
      points: forecast.pointCount === 0 ? [] : pointsOf(),
      backtest: forecast.backtest,
      origins: forecast.origins,
      limit: limit ? { entity: limit.entity, value: limit.value } : null,
      timeToLimit: limit?.time
        ? {
            at: atOrNull(limit.time.atS),
            earliest: at(limit.time.earliestS),
            latest: atOrNull(limit.time.latestS),
            limit: limit.value,
            entity: limit.entity,
          }
        : null,
    };

    function pointsOf() {
      return Array.from(forecast.yhat, (yhat, i) => ({
        at: at((i + 1) * forecast.stepS),
        yhat,
        yhatLower: forecast.lower95[i],
        yhatUpper: forecast.upper95[i],
      }));
    }
  },
});

export const futureRoutes = [ask, forecasts];
