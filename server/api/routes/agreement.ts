/** Sensors that do not agree with the others. */
import { z } from 'zod';
import { type Finding, KINDS, SENSOR_FAULTS, SIGNALS, type Topology } from '../../../twin/index.ts';
import { cordOutlets } from '../../agreement/outlets.ts';
import type { Service } from '../../service.ts';
import { ProblemError } from '../problem.ts';
import { isoTime, listOf, orNull, pageQuery, route } from '../route.ts';
import { checkEntity, sliceOf } from '../scope.ts';
import { oneSignal } from '../values.ts';

const sensor = z.object({ entity: z.string(), signal: z.string() });

const evidence = z.object({
  balance: z.string().describe('Name of the balance, such as outletsVsBmc.'),
  entity: z.string().describe('What the balance is about.'),
  residual: z.number().nullable().describe('Left over now: ln of a ratio, or kelvin.'),
  expected: z.number().nullable().describe('What is left over when all is well.'),
  z: z.number().nullable().describe('The difference in standard deviations.'),
  explained: z.number().nullable().describe('Left over when the finding is taken as true.'),
});

const finding = z.object({
  id: z.string().describe('Entity and signal; the same as long as the finding stands.'),
  ...sensor.shape,
  kind: z.string(),
  fault: z.enum(SENSOR_FAULTS),
  factor: z.number().optional().describe('What it shows over what it should.'),
  offsetK: z.number().optional().describe('What it shows less what it should; temperatures.'),
  unit: z.string().optional().describe('The unit that it seems to show.'),
  other: sensor
    .optional()
    .describe('Swapped: the sensor whose place it has taken. Miscabled: the PDU that feeds it.'),
  documentedOutlet: z
    .string()
    .optional()
    .describe('Miscabled: <pdu>/<outlet> in which the inventory has the cord.'),
  loadedOutlet: z
    .string()
    .optional()
    .describe('Miscabled: <pdu>/<outlet> that carries its load, and in which no cord is known.'),
  or: z.array(sensor).describe('Sensors that would explain it as well: one of them lies.'),
  since: z.iso.datetime().optional(),
  fromStart: z.boolean().describe('It was so when watching began, at `since`.'),
  found: z.iso.datetime().optional(),
  confidence: z.number().min(0).max(1),
  evidence: z.array(evidence),
});

/** Outlets with a load and no known cord that are looked through. */
const MAX_OUTLETS = 10_000;

const RATIO = 'a number from 0 to 1';

const NOT_COMPARED =
  'this service does not compare its sensors: it shows the past, or agreement.enabled is false';

export const agreementRoutes = [
  route({
    method: 'get',
    path: '/api/v1/agreement',
    summary: 'Sensors that do not agree with the others, most certain first',
    tag: 'model',
    role: 'viewer',
    query: z.object({
      entity: z.string().optional(),
      signal: z.string().optional(),
      fault: z.enum(SENSOR_FAULTS).optional(),
      minConfidence: z.coerce
        .number(RATIO)
        .min(0, RATIO)
        .max(1, RATIO)
        .default(0)
        .describe('Only findings that are at least so certain.'),
      ...pageQuery,
    }),
    answer: listOf(finding),
    handle({ query }, service) {
      const agreement = service.trust?.agreement;
      if (!agreement) throw new ProblemError(404, NOT_COMPARED);
      checkEntity(agreement.topology, query.entity, []);
      if (query.signal !== undefined) oneSignal(query.signal);
      const findings = agreement.findings();
      const outlets = outletsOf(findings, service);
      const all = findings.map(each => ({
        ...present(each, agreement.topology),
        ...outlets?.get(each),
      }));
      const matching = all
        .filter(each => query.entity === undefined || each.entity === query.entity)
        .filter(each => query.signal === undefined || each.signal === query.signal)
        .filter(each => query.fault === undefined || each.fault === query.fault)
        .filter(each => each.confidence >= query.minConfidence);
      return sliceOf(matching, query);
    },
  }),
];

/** Of miscabled cords; the unmatched series are looked through only where there are such. */
function outletsOf(findings: readonly Finding[], { ingest, live }: Service) {
  const miscabled = findings.filter(({ fault }) => fault === 'miscabled');
  if (miscabled.length === 0) return undefined;
  return cordOutlets(miscabled, live.twin, ingest.unmatched(MAX_OUTLETS).unwiredOutlets);
}

function present(each: Finding, { ids, kind }: Topology) {
  const nameOf = ({ entity, signal }: { entity: number; signal: number }) => ({
    entity: ids[entity],
    signal: SIGNALS[signal].id,
  });
  const name = nameOf(each);
  const { factor, offsetK, unit, other } = each;
  return {
    ...{ id: `${name.entity}/${name.signal}`, ...name },
    ...{ kind: KINDS[kind[each.entity]].id, fault: each.fault },
    ...(factor !== undefined && Number.isFinite(factor) ? { factor } : {}),
    ...(offsetK !== undefined && Number.isFinite(offsetK) ? { offsetK } : {}),
    ...(unit === undefined ? {} : { unit }),
    ...(other ? { other: nameOf(other) } : {}),
    or: each.or.map(nameOf),
    since: isoTime(each.sinceMs),
    fromStart: each.isFromStart,
    found: isoTime(each.foundMs),
    confidence: each.confidence,
    evidence: each.evidence.map(({ balance, entity, residual, expected, z: off, explained }) => ({
      ...{ balance, entity: ids[entity], residual: orNull(residual) },
      ...{ expected: orNull(expected), z: orNull(off), explained: orNull(explained) },
    })),
  };
}
