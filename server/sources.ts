/** Sources by their configuration: one line a kind. */
import type { SourceConfig } from './config.ts';
import type { Source, SourceContext } from './ingest/contract.ts';
import { createIpmitoolSource } from './ingest/ipmi/source.ts';
import type { LiveIngest } from './ingest/live-ingest.ts';
import { createPrometheusSource } from './ingest/poll/prometheus.ts';
import { createScrapeSource } from './ingest/poll/scrape.ts';
import { createRedfishSource } from './ingest/redfish/source.ts';

export function createSources(
  configs: readonly SourceConfig[],
  context: SourceContext,
  ingest: LiveIngest,
): Source[] {
  return configs.map(config => createSource(config, context, ingest));
}

function createSource(config: SourceConfig, context: SourceContext, ingest: LiveIngest): Source {
  switch (config.kind) {
    case 'scrape':
      return createScrapeSource(config, context);
    case 'prometheus':
      return createPrometheusSource(config, context, ingest.knownMetrics);
    case 'redfish':
      return createRedfishSource(config, context);
    case 'ipmitool':
      return createIpmitoolSource(config, context);
  }
}
