/** The what-if document: changes to try on the live model. */
import { z } from 'zod';
import { COURSE } from '../tables/physics/course.ts';
import { type Parsed, type Problem, problemsIn } from '../topology/problem.ts';
import { jobSpec } from './job.ts';
import { isWorkload, parseManifest } from './manifest.ts';

const count = z.int().min(1).max(1_000_000);

const pods = z.strictObject({
  count: count.describe('Pods of this size.'),
  gpus: z.int().min(1).max(1024).describe('GPUs of each; they stand on one host.'),
});

const place = z
  .strictObject({
    name: z.string().min(1).max(253).optional(),
    gpus: count.describe('GPUs of the whole gang: all of them or none.'),
    gpuClass: z
      .string()
      .min(1)
      .optional()
      .describe('Class id, title or product label; any one class unless given.'),
    vendor: z.enum(['nvidia', 'amd']).optional(),
    perHost: z
      .int()
      .min(1)
      .max(1024)
      .optional()
      .describe('Exactly this many on each host it uses.'),
    pods: z
      .array(pods)
      .min(1)
      .max(1000)
      .optional()
      .describe('Sizes of its pods, if not one a GPU.'),
    under: z.string().min(1).optional().describe('Only in this site, hall, row, rack or host.'),
    spread: z
      .enum(['pack', 'spread'])
      .optional()
      .describe('pack (default): the smallest domain that holds it; spread: many racks.'),
    job: jobSpec.optional().describe('What runs on it; a dense training job unless told.'),
  })
  .refine(p => p.perHost === undefined || p.gpus % p.perHost === 0, {
    path: ['perHost'],
    message: 'gpus must be a multiple of perHost',
  })
  .refine(p => !p.pods || !p.perHost, {
    path: ['pods'],
    message: 'give perHost or pods, not both',
  })
  .refine(p => !p.pods || p.pods.reduce((n, pod) => n + pod.count * pod.gpus, 0) === p.gpus, {
    path: ['pods'],
    message: 'the GPUs of the pods must add up to gpus',
  });

const drain = z.strictObject({ host: z.string().min(1).describe('Host to be emptied.') });
const fail = z.strictObject({ entity: z.string().min(1).describe('What is lost.') });

const setpoint = z.strictObject({
  entity: z.string().min(1).describe('A CRAH or CDU, or what contains some.'),
  supplyTempC: z.number().min(5).max(60).describe('What they supply from then on.'),
});
const cap = z.strictObject({
  under: z.string().min(1).optional().describe('All GPUs in this entity; the site unless given.'),
  gpuW: z.number().min(50).max(5000).describe('Power limit of each GPU.'),
});

const change = z.union([
  z.strictObject({ place }),
  z.strictObject({ drain }),
  z.strictObject({ fail }),
  z.strictObject({ setpoint }),
  z.strictObject({ cap }),
]);

const { horizonMinS, horizonMaxS, defaultHorizonS } = COURSE;

/** How far ahead a course may go; 0: no course, only the state that is reached in the end. */
export const horizon = z
  .number()
  .refine(s => s === 0 || (s >= horizonMinS.value && s <= horizonMaxS.value), {
    message: `0, or from ${horizonMinS.value} to ${horizonMaxS.value} s`,
  })
  .describe(
    `Seconds to follow power and heat after the change: 0, or ${horizonMinS.value} to ` +
      `${horizonMaxS.value}. 0 unless given, ${defaultHorizonS.value} for setpoint and cap.`,
  );

const whatIfSchema = z
  .strictObject({
    apiVersion: z.literal('orrery/v1').optional(),
    kind: z.literal('WhatIf'),
    metadata: z.strictObject({ name: z.string().min(1).optional() }).optional(),
    fail: fail.optional().describe('Tried first.'),
    drain: drain.optional().describe('Tried after `fail`.'),
    setpoint: setpoint.optional().describe('Tried after `drain`.'),
    cap: cap.optional().describe('Tried after `setpoint`.'),
    place: place.optional().describe('Tried last.'),
    horizonS: horizon.optional(),
    changes: z
      .array(change)
      .min(1)
      .max(100)
      .optional()
      .describe('Changes in their order, where the order matters or there are more of one.'),
  })
  .refine(
    d => (d.changes === undefined) !== !(d.place || d.drain || d.fail || d.setpoint || d.cap),
    {
      message:
        'give `place`, `drain`, `fail`, `setpoint` or `cap`, or a list of them as `changes`, ' +
        'but not both',
    },
  )
  .meta({ id: 'WhatIf', title: 'Orrery what-if' });

export type PlaceSpec = z.infer<typeof place>;
export type CapSpec = z.infer<typeof cap>;
export type Change = z.infer<typeof change>;

/** A checked question. */
export interface WhatIfRequest {
  readonly name: string | undefined;
  readonly changes: readonly Change[];
  /** How far power and heat are followed; 0: not at all. */
  readonly horizonS?: number;
  /** What a manifest asks for that this question leaves out. */
  readonly notes: readonly string[];
}

/**
 * Reads a what-if document, a Kubernetes workload, or a list of objects with workloads among them,
 * each of which is placed as a gang of its own.
 * @param document parsed YAML or JSON
 */
export function parseWhatIf(document: unknown): Parsed<WhatIfRequest> {
  const documents = Array.isArray(document) ? document : [document];
  if (documents.some(isWorkload)) return fromManifests(documents);
  if (documents.length !== 1) {
    const message = 'none of these documents asks for GPUs: give one WhatIf or a workload';
    return { ok: false, problems: [{ path: [], message }] };
  }
  const result = whatIfSchema.safeParse(documents[0]);
  if (!result.success) return { ok: false, problems: problemsIn(whatIfSchema, result.error) };
  const { changes, fail, drain, setpoint, cap, place, metadata, horizonS } = result.data;
  const list = changes ?? [
    ...(fail ? [{ fail }] : []),
    ...(drain ? [{ drain }] : []),
    ...(setpoint ? [{ setpoint }] : []),
    ...(cap ? [{ cap }] : []),
    ...(place ? [{ place }] : []),
  ];
  const isCourseOnly = list.some(change => 'setpoint' in change || 'cap' in change);
  return {
    ok: true,
    value: {
      name: metadata?.name ?? place?.name,
      changes: list,
      horizonS: horizonS ?? (isCourseOnly ? defaultHorizonS.value : 0),
      notes: [],
    },
  };
}

/** Workloads become one change each, in their order; other objects are named as left out. */
function fromManifests(list: readonly unknown[]): Parsed<WhatIfRequest> {
  const changes: Change[] = [];
  const notes: string[] = [];
  const problems: Problem[] = [];
  list.forEach((object, i) => {
    const at = list.length > 1 ? [i] : [];
    if (!isWorkload(object)) {
      if (list.length > 1) notes.push(`document ${i + 1} is no workload and was left out`);
      return;
    }
    const parsed = parseManifest(object);
    if (!parsed.ok) {
      problems.push(...parsed.problems.map(p => ({ ...p, path: [...at, ...p.path] })));
      return;
    }
    changes.push({ place: parsed.value.place });
    notes.push(...parsed.value.notes);
  });
  if (problems.length > 0) return { ok: false, problems };
  const [first] = changes;
  const name = 'place' in first ? first.place.name : undefined;
  return { ok: true, value: { name, changes, notes } };
}
