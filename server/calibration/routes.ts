/** How wrong the twin is, and what it has learned of an entity. */
import { z } from 'zod';
import {
  type BoardScore,
  type DriftTold,
  OUTCOMES,
  SCORED_ROUNDS_LEAST,
} from '../../twin/index.ts';
import { ProblemError } from '../api/problem.ts';
import { type Instant, isoTime, list, orNull, pastRoute, route } from '../api/route.ts';
import { entityOf, knownKind } from '../api/scope.ts';
import { oneSignal } from '../api/values.ts';
import { neverScoredSchema } from '../prediction/status.ts';
import type { PastCalibration } from './past.ts';

const number = z.number().nullable();

const bandSchema = z
  .object({
    low: z.number(),
    high: z.number(),
    isRelative: z
      .boolean()
      .describe('In parts of the prediction; otherwise in the unit of the signal.'),
    coverage: number.describe('Part of the values that lay in the band drawn before them.'),
  })
  .describe('5 % and 95 % quantiles of measured less predicted.');

const score = z.object({
  kind: z.string(),
  signal: z.string(),
  horizonS: z
    .number()
    .describe('Age of the last reading that the prediction could know; 0: newest.'),
  maker: z
    .literal('prediction')
    .optional()
    .describe('Made so long before; absent: a model that knows all but its meter.'),
  count: z.number(),
  weight: z.number().describe('Of the values that still count; it fades.'),
  rounds: z.int().describe('Rounds in which something was scored.'),
  isEarly: z.boolean().describe('Fewer rounds than `roundsLeast`: skills say little yet.'),
  mapePct: number,
  bias: number.describe('Predicted less measured, in the unit of the signal.'),
  rmse: number,
  nmbePct: number.describe('ASHRAE Guideline 14; null for temperatures.'),
  cvRmsePct: number,
  skillPersistence: number.describe(
    '1 less the error (MAPE; in K for temperatures) over that of the last value.',
  ),
  skillMean: number,
  band: bandSchema.nullable(),
  driftingSince: z.iso.datetime().optional(),
  drift: z.string().optional().describe('What has left its usual level, in words.'),
});

const fidelity = pastRoute({
  method: 'get',
  path: '/api/v1/fidelity',
  summary: 'Error of the twin by layer, signal and horizon, with its skill over trivial baselines',
  tag: 'fidelity',
  role: 'viewer',
  query: z.object({
    kind: z.string().optional().describe('Comma-separated kinds.'),
    signal: z.string().optional().describe('Comma-separated signals.'),
  }),
  answer: z.object({
    at: z.iso.datetime().optional().describe('Of the last round.'),
    halfLifeS: z.number(),
    roundsLeast: z.int().describe('Scored rounds before a skill says anything.'),
    waiting: z.int().describe('Predicted values whose time has not come.'),
    neverScored: neverScoredSchema,
    items: z.array(score),
  }),
  handle({ query }, service) {
    const { board, pending, lastRound } = running(service);
    const kinds = list(query.kind)?.map(id => knownKind(id));
    const signals = list(query.signal);
    for (const id of signals ?? []) oneSignal(id);
    const wanted = board
      .scores()
      .filter(each => each.count > 0)
      .filter(each => kinds?.includes(each.kind) ?? true)
      .filter(each => signals?.includes(each.signal) ?? true);
    const at = isoTime(lastRound.atMs);
    return {
      ...(at ? { at } : {}),
      halfLifeS: board.options.halfLifeS,
      roundsLeast: SCORED_ROUNDS_LEAST,
      waiting: pending.count,
      neverScored: pending.lost,
      items: wanted.map(shownScore),
    };
  },
});

const parameter = z.object({
  id: z.string(),
  title: z.string(),
  value: z.number(),
  sd: z.number(),
  low: z.number(),
  high: z.number(),
  prior: z.object({ mean: z.number(), sd: z.number() }),
});

const parameters = pastRoute({
  method: 'get',
  path: '/api/v1/parameters',
  summary: 'What calibration has learned of an entity: values, uncertainty, and when they changed',
  tag: 'fidelity',
  role: 'viewer',
  query: z.object({ entity: z.string() }),
  answer: z.object({
    entity: z.string(),
    items: z.array(
      z.object({
        model: z.string(),
        title: z.string(),
        formula: z.string(),
        signal: z.string(),
        priorOf: z.string().describe('Class whose figures gave the prior.'),
        parameters: z.array(parameter),
        noiseSd: z.number().describe('Unexplained part, in the unit of the signal.'),
        lastChangedAt: z.iso.datetime().optional(),
        lastResetAt: z.iso.datetime().optional(),
        updates: z.int().describe('Samples learned from since the last reset.'),
        clipped: z.int().describe('Of them with a limited innovation.'),
        faults: z.int().describe('Samples of a faulty sensor.'),
        resets: z.int().describe('Times that another machine, or meter, was found in its place.'),
      }),
    ),
  }),
  handle({ query }, service) {
    const { calibration } = running(service);
    const { topology } = calibration;
    const entity = entityOf(topology, query.entity);
    const items = calibration.parametersOf(entity).map(found => {
      const { model, changedAtMs, resetAtMs, ...rest } = found;
      const changedAt = isoTime(changedAtMs);
      const resetAt = isoTime(resetAtMs);
      return {
        ...{ model: model.id, title: model.title, formula: model.formula, signal: model.signal },
        ...rest,
        ...(changedAt ? { lastChangedAt: changedAt } : {}),
        ...(resetAt ? { lastResetAt: resetAt } : {}),
      };
    });
    return { entity: query.entity, items };
  },
});

const outcomes = z.object(Object.fromEntries(OUTCOMES.map(id => [id, z.number()])));

const calibrationState = route({
  method: 'get',
  path: '/api/v1/calibration',
  summary:
    'Models that are calibrated, what became of their samples, and what classes have in common',
  tag: 'fidelity',
  role: 'viewer',
  answer: z.object({
    rounds: z.int(),
    failedRounds: z.int(),
    items: z.array(
      z.object({
        model: z.string(),
        kind: z.string(),
        signal: z.string(),
        entities: z.int(),
        outcomes,
        classes: z.array(
          z.object({
            class: z.string(),
            machines: z.int().describe('That have settled.'),
            parameters: z.array(z.object({ id: z.string(), mean: z.number(), sd: z.number() })),
          }),
        ),
      }),
    ),
  }),
  handle(_input, service) {
    const { calibration, lastRound } = running(service);
    return {
      rounds: lastRound.rounds,
      failedRounds: lastRound.failures,
      items: calibration.runs.map(run => ({
        ...{ model: run.model.id, kind: run.model.kind, signal: run.model.signal },
        entities: run.count,
        outcomes: calibration.outcomesOf(run),
        classes: classesOf(calibration, run),
      })),
    };
  },
});

type Calibration = PastCalibration['calibration'];

function classesOf(calibration: Calibration, run: Calibration['runs'][number]) {
  const pooled = calibration.pooledOf(run.model);
  if (!pooled) return [];
  const { width, names } = run.priors;
  return names.map((name, row) => ({
    class: name,
    machines: pooled.machines[row],
    parameters: run.model.parameters.map(({ id }, j) => ({
      ...{ id, mean: pooled.mean[row * width + j], sd: pooled.sd[row * width + j] },
    })),
  }));
}

/** @throws ProblemError 404 in a playback, and for instants that no snapshot is kept of */
function running({ trust }: Instant): PastCalibration {
  if (trust) return trust.calibration;
  const why = 'the service does not calibrate, or what it had learned then is not kept';
  throw new ProblemError(404, why);
}

function shownScore(from: BoardScore) {
  const { kind, signal, horizonS, maker, count, weight, rounds, isEarly, band } = from;
  const driftingSince = isoTime(from.driftingSinceMs);
  return {
    ...{ kind, signal, horizonS, ...(maker ? { maker } : {}), count, weight, rounds, isEarly },
    mapePct: orNull(100 * from.mapeRatio),
    bias: orNull(from.bias),
    rmse: orNull(from.rmse),
    nmbePct: orNull(100 * from.nmbeRatio),
    cvRmsePct: orNull(100 * from.cvRmseRatio),
    skillPersistence: orNull(from.skillPersistence),
    skillMean: orNull(from.skillMean),
    band: band
      ? {
          ...{ low: band.low, high: band.high, isRelative: band.isRelative },
          coverage: orNull(band.coverageRatio),
        }
      : null,
    ...(driftingSince ? { driftingSince } : {}),
    ...(from.drift ? { drift: driftText(from.drift) } : {}),
  };
}

/** @returns such as `the mean error has gone from +0.3 % to +2.1 %` */
export function driftText({ of, isRelative, usual, now }: DriftTold): string {
  const text = (value: number) => {
    const sign = of === 'bias' && value >= 0 ? '+' : '';
    return isRelative ? `${sign}${(100 * value).toFixed(1)} %` : `${sign}${value.toFixed(1)} K`;
  };
  const what =
    of === 'bias' ? 'the mean error (predicted less measured)' : 'the mean size of errors';
  return `${what} has gone from ${text(usual)} to ${text(now)}`;
}

export const calibrationRoutes = [fidelity, parameters, calibrationState];
