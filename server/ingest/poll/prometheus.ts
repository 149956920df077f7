/**
 * Polls a Prometheus-compatible query API (Prometheus, VictoriaMetrics, Thanos), so that what stands
 * there already needs no second scrape. Asks for a range of samples and takes the newest of each
 * series: an instant answer would carry the time of the query, and show a dead series as fresh.
 */
import { z } from 'zod';
import { createClockOffset } from '../bmc/clock-offset.ts';
import type { Source, SourceContext } from '../contract.ts';
import { createHttpClient, httpFields } from './http.ts';
import { createLoop } from './loop.ts';

export const prometheusSourceConfig = z.strictObject({
  id: z.string().min(1).describe('Name of the source.'),
  kind: z.literal('prometheus'),
  ...httpFields,
  matchers: z
    .string()
    .default('')
    .describe('Label matchers to narrow what is taken: `cluster="a",job=~"dcgm.*"`.'),
  metrics: z
    .array(z.string())
    .optional()
    .describe('Metric names to ask for; all that the mappings know unless given.'),
  chunk: z.int().min(1).max(200).default(40).describe('Metric names in one query.'),
  lookbackS: z
    .number()
    .min(1)
    .max(3600)
    .default(90)
    .describe('How far back to look for the newest sample: over the scrape interval there.'),
  intervalS: z
    .number()
    .min(1)
    .max(3600)
    .default(15)
    .describe('Seconds between two rounds of queries.'),
});
type PrometheusSourceConfig = z.output<typeof prometheusSourceConfig>;

const answerSchema = z.object({
  status: z.enum(['success', 'error']),
  error: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  data: z
    .object({
      resultType: z.literal('matrix'),
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          values: z.array(z.tuple([z.number(), z.string()])).optional(),
        }),
      ),
    })
    .optional(),
});

/**
 * @param known metric names of the mappings, asked for when the configuration names none
 */
export function createPrometheusSource(
  config: PrometheusSourceConfig,
  context: SourceContext,
  known: readonly string[],
): Source {
  const client = createHttpClient(config);
  const serverClock = createClockOffset();
  const source = { id: config.id, labels: {} };
  const warned = new Set<string>();
  const queries = queriesFor(config, config.metrics ?? known);

  async function ask(query: string, signal: AbortSignal): Promise<number> {
    const url = new URL(`${config.url.replace(/\/$/, '')}/api/v1/query`);
    url.searchParams.set('query', query);
    const answer = await client.get(url.href, 'application/json', signal);
    if (!Number.isNaN(answer.dateMs)) {
      serverClock.observe(answer.dateMs, DATE_MS, answer.sentMs, answer.receivedMs);
    }
    return deliver(parse(answer.body));
  }

  /** Warnings stand in each answer; the log has each once. */
  function warn(warning: string) {
    if (warned.has(warning)) return;
    if (warned.size === WARNINGS_MAX) warned.clear();
    warned.add(warning);
    context.log.warn({ source: config.id, warning }, 'the query API warns');
  }

  function deliver(answer: z.output<typeof answerSchema>): number {
    for (const warning of answer.warnings ?? []) warn(warning);
    let samples = 0;
    for (const { metric, values } of answer.data?.result ?? []) {
      const newest = values?.at(-1);
      if (!newest) {
        context.port.drop(config.id, 'nativeHistogram');
        continue;
      }
      context.port.sample(source, metric, parseValue(newest[1]), Math.round(1000 * newest[0]));
      samples++;
    }
    return samples;
  }

  return createLoop({
    ...{ id: config.id, kind: 'prometheus', target: config.url, intervalS: config.intervalS },
    clock: context.clock,
    async round(signal) {
      let samples = 0;
      for (const query of queries) samples += await ask(query, signal);
      return samples;
    },
    targetClock: () => serverClock.bounds,
    close: () => client.close(),
  });
}

/** Resolution of a `Date` header. */
const DATE_MS = 1000;
/** Warnings that are remembered; with more of them all are said again. */
const WARNINGS_MAX = 100;

function queriesFor(config: PrometheusSourceConfig, names: readonly string[]): string[] {
  const queries: string[] = [];
  for (let i = 0; i < names.length; i += config.chunk) {
    const pattern = names.slice(i, i + config.chunk).join('|');
    const matchers = [`__name__=~"${pattern}"`, config.matchers].filter(Boolean).join(',');
    queries.push(`{${matchers}}[${config.lookbackS}s]`);
  }
  return queries;
}

function parse(body: Buffer): z.output<typeof answerSchema> {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Error('the answer is not JSON; is this the base URL of a Prometheus API?');
  }
  const answer = answerSchema.safeParse(json);
  if (!answer.success) {
    const issue = answer.error.issues[0];
    throw new Error(`not a range of samples: ${issue.path.join('.')}: ${issue.message}`);
  }
  if (answer.data.status === 'error') throw new Error(`query refused: ${answer.data.error}`);
  return answer.data;
}

const SPECIAL: Readonly<Record<string, number>> = {
  '+Inf': Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
};
const parseValue = (text: string) => SPECIAL[text] ?? Number(text);
