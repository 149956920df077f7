/** Live reload of the inventory, the published schemas, and targets for Prometheus. */
import { z } from 'zod';
import { inventorySchema, KINDS, parseInventory } from '../../../twin/index.ts';
import { configSchema } from '../../config.ts';
import { jsonSchemaOf } from '../../json-schema.ts';
import { placeOf } from '../../place.ts';
import { unprocessable } from '../problem.ts';
import { route, wholeNumber } from '../route.ts';

const reload = route({
  method: 'post',
  path: '/api/v1/inventory',
  summary: 'Takes a new inventory: a new generation, with the values of what stays',
  tag: 'inventory',
  role: 'admin',
  body: z.looseObject({}),
  hasLargeBody: true,
  answer: z.object({ generation: z.int(), entities: z.int() }),
  handle({ body }, { live, log }) {
    const parsed = parseInventory(body);
    const built = parsed.ok ? live.reload(parsed.value) : parsed;
    if (!built.ok) throw unprocessable(built.problems);
    const { generation, count } = built.value;
    log.info({ generation, entities: count }, 'a new inventory has taken over');
    return { generation, entities: count };
  },
});

const jsonSchema = z.looseObject({ $schema: z.string() });

const schemaRoute = (name: string, schema: z.ZodType) =>
  route({
    method: 'get',
    path: `/api/v1/schemas/${name}`,
    summary: `JSON Schema of the ${name} document`,
    tag: 'inventory',
    role: 'viewer',
    answer: jsonSchema,
    handle: () => jsonSchemaOf(schema),
  });

const discovery = route({
  method: 'get',
  path: '/sd',
  summary: 'Prometheus http_sd: one target a host (or PDU, UPS) that has an address',
  tag: 'inventory',
  role: 'viewer',
  query: z.object({
    port: wholeNumber(1, 65_535).default(9400).describe('Port of the exporter.'),
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
        targets: [withPort(alias.value, query.port)],
        labels: Object.fromEntries(placeOf(topology, alias.entity)),
      }));
  },
});

/** An address that names a port keeps it; an IPv6 address gets the brackets that a port needs. */
function withPort(address: string, port: number): string {
  if (/^\[.+\](:\d+)?$/.test(address)) return /\]$/.test(address) ? `${address}:${port}` : address;
  const colons = address.split(':').length - 1;
  if (colons > 1) return `[${address}]:${port}`;
  return colons === 1 ? address : `${address}:${port}`;
}

export const inventoryRoutes = [
  reload,
  schemaRoute('inventory', inventorySchema),
  schemaRoute('config', configSchema),
  discovery,
];
