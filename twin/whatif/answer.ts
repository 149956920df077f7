/** The answer to a what-if as outsiders get it: ids as text, no dense indices, no clock. */
import { z } from 'zod';
import { courseSchema } from './course/answer.ts';
import { jobSchema } from './job.ts';

const number = z.number();
const entity = z.string().describe('Entity id.');

const layerNumbers = z.object({
  load: number,
  headroom: number.nullable().describe('What may still be added here, with all layers above.'),
  headroomN1: number.nullable().describe('The same whichever single thing is lost.'),
});

const loadBand = z
  .object({
    low: number,
    high: number,
    coverage: number.nullable().describe('Part of the values so far that lay in such bands.'),
  })
  .describe('90 % band of the load, from the errors that modelled power had so far.');

const layerSchema = z.object({
  plane: z.enum(['gpus', 'power', 'cooling', 'network']),
  kind: z.string(),
  unit: z.enum(['Count', 'W', 'BytesPerS']),
  entity: entity.describe('The tightest of its kind after the changes.'),
  limit: number.nullable(),
  before: layerNumbers,
  after: layerNumbers.extend({ band: loadBand.optional() }),
});

const chainLayer = z.object({
  id: entity,
  kind: z.string(),
  share: number.describe('Part of one more watt at the start of the chain that arrives here.'),
  load: number,
  limit: number.nullable(),
  headroom: number.nullable(),
});

const binding = z.object({
  limit: z.string().describe('Limit id; freeGpus when there are not enough GPUs.'),
  title: z.string(),
  entity,
  kind: z.string(),
  plane: z.enum(['gpus', 'power', 'cooling']),
  unit: z.enum(['Count', 'W']),
  load: number.describe('As published; after `loss`, if there is one.'),
  loadAfter: number.describe('With what was placed up to the refusal, and the pod refused.'),
  value: number.describe('The limit.'),
  loss: entity.nullable().describe('What is lost when the limit is passed.'),
  gpusKeptOut: number,
});

const where = z.object({
  host: entity,
  rack: entity.nullable(),
  row: entity.nullable(),
  gpuCount: number,
  gpus: z.array(entity).optional().describe('Where it is known which GPUs are free.'),
  addedPowerW: number,
});

const loadChange = z.object({
  plane: z.enum(['power', 'cooling', 'network']),
  id: entity,
  kind: z.string(),
  unit: z.enum(['W', 'BytesPerS']),
  before: number,
  after: number,
  limit: number.nullable(),
  limitId: z.string().nullable(),
});

const failure = z.object({
  entity,
  trips: z.array(loadChange).describe('Layers that the failure takes past their limit.'),
  alreadyOver: z.array(loadChange),
  takesOver: z.array(loadChange).describe('Largest increase first; at most 50.'),
  unsupplied: z.array(
    z.object({
      plane: z.enum(['power', 'cooling', 'network']),
      counts: z.record(z.string(), number).describe('How many of each kind.'),
      loads: z.array(entity).describe('Hosts, racks, switches and cooling; at most 100.'),
    }),
  ),
  gpusLost: number,
  rideThroughS: number.nullable().describe('Shortest battery of a UPS that lost its supply.'),
});

const VERDICTS = ['fits', 'refused', 'holds', 'breaks'] as const;
const verdict = z
  .enum(VERDICTS)
  .describe(
    'place, drain: fits or refused. The others: holds when no limit is passed, nothing loses ' +
      'service and, where a course was asked for, no GPU throttles by it.',
  );

export const SHORTAGES = [
  ...(['gpus', 'unschedulable', 'fragmentation', 'power', 'cooling', 'redundancy'] as const),
] as const;

const changeAnswerSchema = z.object({
  change: z.enum(['place', 'drain', 'fail', 'setpoint', 'cap']),
  target: z.string().nullable().describe('Name of the gang, or the host or entity.'),
  fits: z.boolean(),
  verdict,
  gpuClass: z.string().nullable(),
  gpuCount: number.nullable().describe('GPUs asked for, or to be moved.'),
  where: z.array(where),
  topologyLevel: z.enum(['island', 'host', 'rack', 'row', 'hall', 'site']).nullable(),
  shortOf: z.enum(SHORTAGES).nullable(),
  binding: binding.nullable(),
  chain: z.array(chainLayer).describe('From a host that was refused to the limit that binds.'),
  instead: z
    .object({
      gpus: number.describe('GPUs of the gang that this search could place.'),
      under: entity.nullable().describe('Where else all of it would fit.'),
    })
    .nullable(),
  excluded: z.array(z.object({ why: z.string(), hosts: number, gpus: number })),
  job: jobSchema.nullable().describe('null: nothing was placed, or too little is known of it.'),
  fail: failure.nullable(),
});

const warning = z.object({
  limit: z.string(),
  title: z.string(),
  entity,
  kind: z.string(),
  before: number,
  after: number,
  value: number,
  loss: entity.nullable(),
});

export const whatIfAnswerSchema = changeAnswerSchema
  .extend({
    kind: z.literal('WhatIfAnswer'),
    generation: number,
    name: z.string().nullable(),
    layers: z.array(layerSchema),
    warnings: z.array(warning).describe('Soft limits that the changes pass.'),
    evidence: z.array(z.object({ about: z.string(), says: z.string(), hosts: number.optional() })),
    course: courseSchema
      .optional()
      .describe('Where `horizonS` was given and all changes could be made.'),
    changes: z
      .array(changeAnswerSchema)
      .describe('All changes; the one that decides also stands at the top.'),
  })
  .meta({ id: 'WhatIfAnswer', title: 'Answer to a what-if' });

export type WhatIfAnswer = z.infer<typeof whatIfAnswerSchema>;
export type ChangeAnswer = z.infer<typeof changeAnswerSchema>;
export type AnswerLayer = z.infer<typeof layerSchema>;
export type Warning = z.infer<typeof warning>;
export type Binding = z.infer<typeof binding>;

/** JSON has no infinity: a layer without a limit has none to show. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
