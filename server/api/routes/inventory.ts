/** Live reload of the inventory, and its published schema. */
import { z } from 'zod';
import { inventorySchema, KINDS, parseInventory } from '../../../twin/index.ts';
import { fieldErrors, ProblemError } from '../problem.ts';
import { route } from '../route.ts';

const reload = route({
  method: 'post',
  path: '/api/v1/inventory',
  summary: 'Takes a new inventory: a new generation, with the values of what stays',
  tag: 'inventory',
  role: 'admin',
  body: z.looseObject({}),
  answer: z.object({ generation: z.int(), entities: z.int() }),
  handle({ body }, { live }) {
    const parsed = parseInventory(body);
    const built = parsed.ok ? live.reload(parsed.value) : parsed;
    if (!built.ok) {
      const errors = fieldErrors(built.problems);
      const [first] = errors;
      throw new ProblemError(422, `${first.path}: ${first.message}`, errors);
    }
    return { generation: built.value.generation, entities: built.value.count };
  },
});

const schema = route({
  method: 'get',
  path: '/api/v1/schemas/inventory',
  summary: 'JSON Schema of the inventory document',
  tag: 'inventory',
  role: 'viewer',
  answer: z.looseObject({}),
  handle: () => z.toJSONSchema(inventorySchema, { io: 'input', unrepresentable: 'any' }),
});

/** Targets for Prometheus http_sd: the hosts' exporters, with their place as labels. */
const discovery = route({
  method: 'get',
  path: '/sd',
  summary: 'Prometheus http_sd: one target a host (or BMC, PDU) that has an address',
  tag: 'inventory',
  role: 'viewer',
  query: z.object({
    port: z.coerce.number().int().min(1).max(65_535).default(9400).describe('Exporter port.'),
    alias: z
      .enum(['ip', 'fqdn', 'nodeName', 'bmcAddress', 'address'])
      .default('ip')
      .describe('Which alias is the address.'),
    kind: z.enum(['host', 'pdu', 'ups']).default('host'),
  }),
  answer: z.array(
    z.object({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()) }),
  ),
  handle({ query }, { live }) {
    const { topology } = live.twin;
    return topology.aliases
      .filter(alias => alias.type === query.alias)
      .filter(alias => KINDS[topology.kind[alias.entity]].id === query.kind)
      .map(alias => ({
        targets: [alias.value.includes(':') ? alias.value : `${alias.value}:${query.port}`],
        labels: placeLabels(topology, alias.entity),
      }));
  },
});

function placeLabels(
  topology: { ids: readonly string[]; kind: Uint8Array; parent: Int32Array },
  entity: number,
): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let at = entity; at >= 0; at = topology.parent[at]) {
    labels[KINDS[topology.kind[at]].id] = topology.ids[at];
  }
  return labels;
}

export const inventoryRoutes = [reload, schema, discovery];
