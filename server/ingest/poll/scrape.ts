/** Direct scrape of an exporter's page, Prometheus text or OpenMetrics. */
import { z } from 'zod';
import type { Source, SourceContext } from '../contract.ts';
import { createGet, httpFields } from './http.ts';
import { createLoop } from './loop.ts';

export const scrapeSourceConfig = z.strictObject({
  id: z.string().min(1),
  kind: z.literal('scrape'),
  ...httpFields,
  labels: z
    .record(z.string(), z.string())
    .default({})
    .describe('Labels to add, as Prometheus would: `instance` is the address unless given.'),
  intervalS: z.number().min(1).max(3600).default(15),
});
export type ScrapeSourceConfig = z.output<typeof scrapeSourceConfig>;

const ACCEPT =
  'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

export function createScrapeSource(config: ScrapeSourceConfig, context: SourceContext): Source {
  const get = createGet(config);
  const page = {
    id: config.id,
    labels: { job: config.id, instance: new URL(config.url).host, ...config.labels },
  };
  const loop = createLoop({
    id: config.id,
    kind: 'scrape',
    target: config.url,
    intervalS: config.intervalS,
    clock: context.clock,
    round: async signal => {
      const answer = await get(config.url, ACCEPT, signal);
      refuseOther(answer.contentType);
      const result = context.port.page(page, answer.body, context.clock.now());
      for (const error of result.errors.slice(0, 3)) {
        context.log.warn({ source: config.id, error }, 'line of a page not taken');
      }
      if (result.errors.length > 0) loop.drop('badLine', result.errors.length);
      return result.samples;
    },
  });
  return { id: config.id, start: loop.start, stop: loop.stop, health: loop.health };
}

/** Exporters exist that send no type at all; a page of HTML or JSON is no exposition. */
function refuseOther(contentType: string) {
  if (/^(text\/plain|application\/openmetrics-text|$)/.test(contentType)) return;
  throw new Error(`content type '${contentType}' is not a metrics page; check the path of the URL`);
}
