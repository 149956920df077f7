/** What every exporter says of itself, and what Prometheus adds: nothing of the site. */
import type { Mapping } from '../mapping.ts';

export const runtime: Mapping = {
  id: 'runtime',
  title: 'Self-description of exporters and of Prometheus',
  checkedAgainst: 'the pages of the other mappings',
  rows: [],
  ignore: [
    /^(go|process|promhttp|python|nodejs|jvm|snmp|scrape|prometheus)_/,
    /^(ALERTS|ALERTS_FOR_STATE|target_info|otel_scope_info)$/,
    /_(exporter_)?build_info$/,
  ],
};
