/** What entities are called elsewhere: `orrery_host_info` and `orrery_gpu_info`, to join by. */
import { KIND_INDEX } from '../../../twin/index.ts';
import { NAMES } from '../../metrics/names.ts';
import type { Service } from '../../service.ts';
import type { Labels } from '../labels.ts';
import type { RawSeries } from '../series-store.ts';
import {
  eachEntity,
  entityLabels,
  type Family,
  type FamilyQuery,
  fitsAll,
  gauge,
  presentSeries,
} from './family.ts';

export const namesFamilies = (service: Service): Family[] =>
  NAMES.map(({ name, kind, title, of }) => {
    const k = KIND_INDEX[kind];
    const all = (query: FamilyQuery, each: (labels: Labels) => void) => {
      const { topology } = service.live.twin;
      const labelsAt = entityLabels(topology, name);
      return eachEntity({ topology, kind: k }, query, (entity, others) => {
        const names = of(service, entity);
        const labels = names && labelsAt(entity, names);
        if (labels && fitsAll(labels, others)) each(labels);
      });
    };
    return {
      name,
      help: gauge(title),
      exists: () => {
        const { kindStart } = service.live.twin.topology;
        return kindStart[k] < kindStart[k + 1];
      },
      async select(query) {
        const series: RawSeries[] = [];
        const nowMs = service.live.clock.now();
        await all(query, labels => {
          query.budget.addSeries(1);
          series.push(presentSeries(labels, 1, nowMs));
        });
        return series;
      },
      visit: all,
    };
  });
