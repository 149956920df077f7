/**
 * The twin's signals as a Prometheus page: derived and measured values at the chosen kinds, limits,
 * forecasts, and the infos to join other metrics on. Bounded: what does not fit is left out and
 * counted. What many things depend on comes first.
 */
import { KIND_INDEX, type Kind } from '../../twin/index.ts';
import type { Service } from '../service.ts';
import { writeForecasts } from './forecasts.ts';
import { writeNames } from './names.ts';
import { type Places, placesOf } from './places.ts';
import { writeKind } from './signals.ts';
import { STATUS } from './status.ts';
import { createWriter } from './writer.ts';

/** @returns the page as it is now, each time it is called. */
export function createMetricsPage(service: Service): () => string {
  let places: Places | undefined;
  return () => {
    const { topology } = service.live.twin;
    if (places?.topology !== topology) places = placesOf(topology);
    const writer = createWriter(service.config.metrics.maxSeries);
    for (const { write } of STATUS) write(writer, service);
    writeForecasts(writer, service, places);
    for (const kind of outermostFirst(service.config.metrics.kinds)) {
      writeKind(writer, { service, places, kind });
    }
    writeNames(writer, service, places);
    return writer.end();
  };
}

const outermostFirst = (kinds: readonly Kind[]) =>
  [...new Set(kinds)].sort((a, b) => KIND_INDEX[a] - KIND_INDEX[b]);
