/**
 * The inventory document: what stands where and what feeds, cools and connects it. One schema gives
 * validation, the published JSON Schema and the types. `expand.ts` unrolls its generators.
 */
import { z } from 'zod';
import { KIND_IDS, KINDS, type Kind } from '../tables/kinds.ts';
import { type Parsed, problemsOf } from './problem.ts';
import { ALIAS_TYPES } from './topology.ts';

const template = z
  .string()
  .min(1)
  .max(253)
  .describe(
    'May hold {n} or {n:02} (position in a generator), {id}, {feed}, and the id of a container: {site}, {hall}, {row}, {rack}, {host}; {rack.n} is its position.',
  );

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const common = {
  id: template,
  count: z.int().min(1).max(1_000_000).optional().describe('Makes this many of them.'),
  from: z.int().min(0).optional().describe('First {n} of a generator; 1 unless given.'),
  class: z.string().optional().describe('Hardware class of the catalogue or of `classes`.'),
  title: template.optional(),
  feed: z.enum(['A', 'B', 'C', 'D']).optional().describe('Side of a redundant power supply.'),
  attributes: z.record(z.string(), scalar).optional(),
  aliases: z
    .partialRecord(z.enum(ALIAS_TYPES), z.union([template, z.array(template)]))
    .optional()
    .describe('How outside sources name it.'),
  limits: z.record(z.string(), z.number()).optional().describe('Limit id to value, for this one.'),
};

/** One node of the containment tree, as written; which children it may hold depends on its kind. */
export interface InventoryNode {
  id: string;
  count?: number;
  from?: number;
  class?: string;
  title?: string;
  feed?: string;
  attributes?: Record<string, string | number | boolean>;
  aliases?: Record<string, string | string[]>;
  limits?: Record<string, number>;
  [plural: string]: unknown;
}

/** Schemas from the innermost kind outwards, so that each can hold those it may contain. */
const nodeSchemas = new Map<Kind, z.ZodType>();
for (const row of [...KINDS].reverse()) {
  const children = KINDS.filter(child => (child.in as readonly string[]).includes(row.id));
  const lists = children.map(child => [
    child.plural,
    z.array(nodeSchemas.get(child.id) as z.ZodType).optional(),
  ]);
  nodeSchemas.set(
    row.id,
    z.strictObject({ ...common, ...Object.fromEntries(lists) }).meta({ id: `${row.id}Entry` }),
  );
}

const ownClass = z.strictObject({
  id: z.string().min(1),
  kind: z.enum(KIND_IDS),
  extends: z.string().optional().describe('Class of the catalogue to start from.'),
  title: z.string().optional(),
  figures: z.record(z.string(), z.number()).optional(),
  traits: z.record(z.string(), z.string()).optional(),
  components: z
    .array(
      z.strictObject({
        kind: z.enum(KIND_IDS),
        class: z.string().optional(),
        count: z.int().min(0).max(1024),
      }),
    )
    .optional(),
  limits: z.record(z.string(), z.number()).optional(),
});

const wire = z.strictObject({
  to: z.string().min(1).describe('Ids of what is supplied: a glob with * and ?.'),
  kind: z.enum(KIND_IDS).optional().describe('Only things of this kind.'),
  from: z
    .union([template, z.array(template).min(1)])
    .describe('Ids of the suppliers: templates over the supplied thing, or globs.'),
  share: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Part of the load each of them carries; equal parts unless given, 0 is standby.'),
  lengthM: z.number().min(0).optional().describe('Cable length; latency is 5 us/km and hops.'),
});

export const inventorySchema = z
  .strictObject({
    apiVersion: z.literal('orrery/v1'),
    kind: z.literal('Inventory'),
    metadata: z.strictObject({ name: z.string().min(1), description: z.string().optional() }),
    classes: z.array(ownClass).optional(),
    site: nodeSchemas.get('site') as z.ZodType<InventoryNode>,
    power: z.array(wire).optional(),
    cooling: z.array(wire).optional(),
    network: z.array(wire).optional(),
    measuredLinks: z
      .array(
        z.strictObject({
          between: z.tuple([z.string(), z.string()]).describe('Ids of two parts of one host.'),
          bytesPerS: z.number().positive().describe('Per direction, as measured.'),
        }),
      )
      .optional()
      .describe('NVLink, PCIe or NUMA links that were measured: they win over the class.'),
    overrides: z
      .array(
        z.strictObject({
          match: z.string().min(1).describe('Ids: a glob with * and ?.'),
          kind: z.enum(KIND_IDS).optional(),
          class: z.string().optional(),
          attributes: z.record(z.string(), scalar).optional(),
          aliases: common.aliases,
          limits: common.limits,
          remove: z.boolean().optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Inventory', title: 'Orrery inventory' });

export type Inventory = z.infer<typeof inventorySchema>;
export type Wire = z.infer<typeof wire>;
export type OwnClass = z.infer<typeof ownClass>;

/** Checks the form of a parsed document; references are checked when the topology is built. */
export function parseInventory(document: unknown): Parsed<Inventory> {
  const result = inventorySchema.safeParse(document);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.flatMap(problemsOf) };
}
