/** InfluxDB 1.x, or a store with its write API such as VictoriaMetrics. */
import type { InfluxDB, IPoint } from 'influx';
import { z } from 'zod';
import type { Topology } from '../../twin/index.ts';
import { agentOf, tlsField } from '../outgoing/agent.ts';
import { authFields, authorization } from '../outgoing/auth.ts';
import { placeOf } from '../place.ts';
import { choiceFields } from './choice.ts';
import type { Outcome, Wire } from './delivery.ts';
import { type Group, perEntity, type Slice } from './group.ts';
import { connectInflux, inTime, isTag, refusalStatus, shownUrl } from './influx-client.ts';
import { type Batch, samplesOf } from './queue.ts';

export const forwardInfluxConfig = z.strictObject({
  ...choiceFields,
  url: z
    .url({ protocol: /^https?$/ })
    .describe('`http://influxdb:8086`; a user and password in it never show in logs.'),
  database: z.string().min(1).default('orrery').describe('Database to write to.'),
  retentionPolicy: z.string().min(1).optional().describe("The database's default unless given."),
  createDatabase: z
    .boolean()
    .default(true)
    .describe('Whether to make the database when the store says that it is missing.'),
  ...authFields,
  tls: tlsField,
  measured: z.boolean().default(true).describe('Measured values too, not only derived ones.'),
  values: z
    .array(z.enum(['samples', 'rollUps']))
    .min(1)
    .default(['samples', 'rollUps'])
    .describe('Samples every everyS, and their one-minute min, max, mean, last and count.'),
  batchPoints: z.int().min(1).max(20_000).default(1000).describe('Points in one request.'),
  flushS: z
    .number()
    .min(0)
    .max(3600)
    .default(1)
    .describe('How long less than a full request waits for more.'),
});
export type ForwardInfluxConfig = z.output<typeof forwardInfluxConfig>;

/** @throws Error when a file of the TLS settings cannot be read. */
export function influxWire(config: ForwardInfluxConfig): Wire {
  const { database, retentionPolicy } = config;
  const url = new URL(config.url);
  const agent = agentOf(config);
  const timeoutMs = 1000 * config.timeoutS;
  const request = {
    agent,
    /** Asked for with each request: a file with a token may have changed. */
    get headers() {
      return authorization(config);
    },
  };
  const client = connectInflux({ url, database, timeoutMs, request });
  const tagsIn = perEntity(tagsOf);

  async function send(batch: Batch): Promise<Outcome> {
    const { points, unnamed } = pointsOf(batch, tagsIn);
    if (points.length === 0) return { is: 'taken', refused: unnamed };
    try {
      const options = {
        database,
        precision: 'ms' as const,
        ...(retentionPolicy ? { retentionPolicy } : {}),
      };
      await inTime(client.writePoints(points, options), timeoutMs);
      return { is: 'taken', refused: unnamed };
    } catch (error) {
      const outcome = outcomeOf(error, samplesOf(batch) - unnamed, points.length);
      return outcome.is === 'taken' ? { ...outcome, refused: outcome.refused + unnamed } : outcome;
    }
  }

  async function sendWithDatabase(batch: Batch): Promise<Outcome> {
    const outcome = await send(batch);
    const isMissing = outcome.is === 'later' && /database not found/i.test(outcome.error);
    if (!isMissing || !config.createDatabase) return outcome;
    const error = await created(client, database, timeoutMs);
    return error === undefined ? send(batch) : { is: 'later', error };
  }

  return {
    url: shownUrl(url),
    weigh: hasValue,
    send: sendWithDatabase,
    close: () => agent.destroy(),
  };
}

/** @returns why not. */
async function created(client: InfluxDB, database: string, timeoutMs: number) {
  try {
    await inTime(client.createDatabase(database), timeoutMs);
    return undefined;
  } catch (error) {
    return `database '${database}' cannot be made: ${(error as Error).message}`;
  }
}

const REFUSED = [400, 422];

/**
 * A partial write says how many points it left out; the rest is stored. Any other 400 has stored
 * nothing, and would not the next time. Wrong credentials (401, 403) and a missing database (404)
 * are put right by somebody: that is waited for.
 */
function outcomeOf(error: unknown, samples: number, points: number): Outcome {
  const status = refusalStatus(error);
  const text = error instanceof Error ? error.message : String(error);
  if (status === 413) return { is: 'tooLarge', error: text };
  if (status === undefined || !REFUSED.includes(status)) return { is: 'later', error: text };
  return { is: 'taken', refused: refusedBy(text, samples, points), error: text };
}

/**
 * A partial write tells the number of points: `dropped=2`, or `unable to parse` for each. How many
 * samples those held it does not say; as many as points of the request do on average.
 */
function refusedBy(text: string, samples: number, points: number): number {
  if (!text.includes('partial write')) return samples;
  const dropped = Number(/dropped=(\d+)/.exec(text)?.[1] ?? 0);
  const unread = text.match(/unable to parse/g)?.length ?? 0;
  return Math.round((Math.max(1, dropped, unread) * samples) / points);
}

type Tags = Record<string, string>;

/** The ids of an entity's containers and its own, by kind. Undefined: one of them cannot be a tag. */
function tagsOf(topology: Topology, entity: number): Tags | undefined {
  const place = placeOf(topology, entity);
  return place.every(([, id]) => isTag(id)) ? Object.fromEntries(place) : undefined;
}

function pointsOf(batch: Batch, tagsIn: (group: Group) => (offset: number) => Tags | undefined) {
  const points: IPoint[] = [];
  let unnamed = 0;
  for (const { slice, from, to } of batch) {
    const { measurement } = slice.group;
    const tagsAt = tagsIn(slice.group);
    for (let offset = from; offset < to; offset++) {
      const { fields, count } = fieldsAt(slice, offset);
      if (count === 0) continue;
      const tags = tagsAt(offset);
      if (tags) points.push({ measurement, tags, fields, timestamp: slice.atMs });
      else unnamed += count;
    }
  }
  return { points, unnamed };
}

/** Without marks: InfluxDB knows no end of a series. */
function fieldsAt({ group, values }: Slice, offset: number) {
  const fields: Record<string, number> = {};
  let count = 0;
  for (let f = 0, i = offset * group.fields.length; f < group.fields.length; f++, i++) {
    if (!Number.isFinite(values[i])) continue;
    fields[group.fields[f]] = values[i];
    count++;
  }
  return { fields, count };
}

function hasValue({ group, values }: Slice, offset: number): number {
  const width = group.fields.length;
  for (let i = offset * width; i < (offset + 1) * width; i++)
    if (!Number.isNaN(values[i])) return 1;
  return 0;
}
