/** Direct scrape of an exporter's page, Prometheus text or OpenMetrics. */
import { z } from 'zod';
import { createClockOffset, tellsOffset } from '../bmc/clock-offset.ts';
import type { PageSource, Source, SourceContext } from '../contract.ts';
import { CLOCK_OFFSET_METRIC, CLOCK_UNCERTAINTY_METRIC } from '../mappings/targets.ts';
import { createHttpClient, httpFields } from './http.ts';
import { createLoop } from './loop.ts';

export const scrapeSourceConfig = z.strictObject({
  id: z.string().min(1).describe('Name of the source.'),
  kind: z.literal('scrape'),
  ...httpFields,
  labels: z
    .record(z.string(), z.string())
    .default({})
    .describe('Labels to add, as Prometheus would: `instance` is the address unless given.'),
  intervalS: z.number().min(1).max(3600).default(15).describe('Seconds between two scrapes.'),
});
type ScrapeSourceConfig = z.output<typeof scrapeSourceConfig>;

const OPEN_METRICS = 'application/openmetrics-text';
const ACCEPT = `${OPEN_METRICS};version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`;

/** Resolution of a `Date` header. */
const DATE_MS = 1000;

export function createScrapeSource(config: ScrapeSourceConfig, context: SourceContext): Source {
  const { clock, port, log } = context;
  const client = createHttpClient(config);
  const targetClock = createClockOffset();
  const labels = { job: config.id, instance: new URL(config.url).host, ...config.labels };
  const source: PageSource = { id: config.id, labels };
  /** A series of the scrape itself, as Prometheus adds `up`. */
  const give = (name: string, value: number, atMs: number) =>
    port.sample(source, { ...labels, __name__: name }, value, atMs);

  let told = '';
  /** A page is wrong in the same way each time: said once, counted each time. */
  function tell(error: string) {
    if (error !== told && error !== '') {
      log.warn({ source: config.id, error }, 'line of a page not taken');
    }
    told = error;
  }

  async function scrape(signal: AbortSignal, atMs: number): Promise<number> {
    const answer = await client.get(config.url, ACCEPT, signal);
    const format = formatOf(answer.contentType);
    if (!Number.isNaN(answer.dateMs)) {
      targetClock.observe(answer.dateMs, DATE_MS, answer.sentMs, answer.receivedMs);
    }
    const result = port.page(source, answer.body, atMs, format);
    tell(result.errors[0] ?? '');
    return result.samples;
  }

  function giveClock(atMs: number) {
    const { bounds } = targetClock;
    if (!bounds || !tellsOffset(bounds)) return;
    give(CLOCK_OFFSET_METRIC, bounds.offsetMs / 1000, atMs);
    give(CLOCK_UNCERTAINTY_METRIC, bounds.uncertaintyMs / 1000, atMs);
  }

  return createLoop({
    ...{ id: config.id, kind: 'scrape', target: config.url, intervalS: config.intervalS, clock },
    async round(signal) {
      const atMs = clock.now();
      try {
        const samples = await scrape(signal, atMs);
        give('up', 1, atMs);
        giveClock(atMs);
        return samples;
      } catch (error) {
        if (!signal.aborted) give('up', 0, atMs);
        throw error;
      }
    },
    targetClock: () => targetClock.bounds,
    close: () => client.close(),
  });
}

/**
 * Exporters exist that send no type at all; a page of HTML or JSON is no exposition.
 * @throws Error for a type that is not one of a metrics page
 */
function formatOf(contentType: string): 'text' | 'openMetrics' | undefined {
  const [type] = contentType.toLowerCase().split(';');
  if (type.trim() === OPEN_METRICS) return 'openMetrics';
  if (type.trim() === 'text/plain') return 'text';
  if (type.trim() === '') return undefined;
  throw new Error(`content type '${contentType}' is not a metrics page; check the path of the URL`);
}
