/** Models of reliability that have no published case of their own here. */
import { z } from 'zod';
import { simulateAvailability } from '../../physics/reliability/availability.ts';
import { sparesFor } from '../../physics/reliability/fleet-failures.ts';
import { likelyRate } from '../../physics/reliability/lemons.ts';
import {
  concurrentMigrations,
  healingFigures,
  QUOTED_HEALING,
} from '../../physics/reliability/self-heal.ts';
import { REDUNDANCY } from '../../tables/physics/reliability.ts';
import { publishedModel } from '../model.ts';

const above = z.number().positive();
const notBelow = z.number().nonnegative();
const ratio = z.number().min(0).max(1);

/** `of` equal parts of which `needed` must be up, with a common cause of failure. */
export const availability = publishedModel(
  'availability',
  z
    .object({
      of: z.int().min(1).max(64),
      needed: z.int().min(1),
      mtbfH: above,
      mttrH: above,
      commonCauseRatio: ratio.default(REDUNDANCY.commonCauseRatio.value),
      paths: z.int().min(100).max(200_000).default(REDUNDANCY.paths.value),
      seed: z.int().min(0).default(REDUNDANCY.seed.value),
    })
    .refine(asked => asked.needed <= asked.of, {
      path: ['needed'],
      message: 'more than there are',
    }),
  ({ of, needed, mtbfH, mttrH, commonCauseRatio, paths, seed }) => {
    const ids = Array.from({ length: of }, (_, i) => `part ${i}`);
    const parts = ids.map(id => ({ id, mtbfH, mttrH, needs: [] }));
    const service = {
      ...{ id: 'service', mtbfH: Number.POSITIVE_INFINITY, mttrH: 1 },
      needs: [{ atLeast: needed, of: ids }],
    };
    const commonCauses = [{ ratio: commonCauseRatio, of: ids }];
    const graph = { parts: [...parts, service], commonCauses, serves: 'service' };
    return { ...simulateAvailability(graph, { paths, seed }) };
  },
  ({ of }) => ({ commonCauseRatio: of === 1 && 'needs of above 1: one part shares with none' }),
);

/** Healing of suspected hosts, with the quoted figures where none are given. */
export const healing = publishedModel(
  'healing',
  z.object({
    warningsPerDay: notBelow,
    precisionRatio: ratio.default(1),
    predictedRatio: ratio.default(QUOTED_HEALING.predictedRatio),
    migratedRatio: ratio.default(QUOTED_HEALING.migratedRatio),
    migrateS: notBelow.default(QUOTED_HEALING.migrateS),
    repairS: notBelow.default(QUOTED_HEALING.repairS),
    burnInS: notBelow.default(QUOTED_HEALING.burnInS),
    hosts: z.int().min(1).default(1),
  }),
  ({ warningsPerDay, precisionRatio, hosts, ...given }) => {
    const perS = warningsPerDay / 86_400;
    const figures = healingFigures({ ...QUOTED_HEALING, ...given }, perS, precisionRatio);
    return { ...figures, atOnceMean: concurrentMigrations(hosts * perS, figures.fastPathS) };
  },
  ({ warningsPerDay }) => {
    const why = warningsPerDay === 0 && 'needs warningsPerDay above 0';
    return { precisionRatio: why, hosts: why };
  },
);

/** What a host's count of failures says of its rate, beside the scatter of all hosts. */
export const lemon = publishedModel(
  'lemon',
  z.object({ meanRatePerDay: above, shape: above, failures: z.int().min(0), days: notBelow }),
  ({ meanRatePerDay, shape, failures, days }) => {
    const rate = likelyRate({ meanRate: meanRatePerDay, shape }, failures, days);
    return { ratePerDay: rate, overMeanRatio: rate / meanRatePerDay };
  },
);

export const spares = publishedModel(
  'spares',
  z.object({
    count: z.int().min(0).max(1e7),
    failuresPerYear: notBelow.describe('Of each.'),
    replacedAfterDays: above,
    riskRatio: z.number().gt(0).lt(1).default(0.01),
  }),
  ({ count, failuresPerYear, replacedAfterDays, riskRatio }) => {
    const outMean = (count * failuresPerYear * replacedAfterDays) / 365;
    return { outMean, spares: sparesFor(outMean, riskRatio) };
  },
);
