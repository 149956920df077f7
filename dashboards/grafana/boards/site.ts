/** The site: is anything wrong, where, and what is left? */
import type { Board } from '../layout.ts';
import { GPUS_OF_SITE, HOSTS_OF_SITE, RACKS, ROWS, SITE } from '../promql.ts';
import * as faults from '../topics/faults.ts';
import * as fidelity from '../topics/fidelity.ts';
import * as gpus from '../topics/gpus.ts';
import * as heat from '../topics/heat.ts';
import * as power from '../topics/power.ts';
import * as trust from '../topics/trust.ts';
import * as work from '../topics/work.ts';
import { datasourceVariable, rowVariable, siteVariable } from '../variables.ts';

export const siteBoard = (): Board => ({
  id: 'site',
  title: 'Orrery / Site',
  description: 'One site: power, heat, GPUs, work and faults against their limits.',
  from: 'now-6h',
  to: 'now',
  variables: [datasourceVariable(), siteVariable(), rowVariable()],
  sections: [
    {
      title: 'Now',
      panels: [
        gpus.gpuStates(HOSTS_OF_SITE, 9),
        gpus.freeNow(SITE, 3),
        trust.alertsNow(4),
        trust.sources(4),
        trust.unmatched(4),
        trust.soonestLimits(12),
        trust.alertTable(12),
      ],
    },
    {
      title: 'Power',
      panels: [
        power.powerAndLimits(SITE, 12),
        power.powerOfParts(ROWS, 12),
        power.racksNearestToLimit(RACKS, 8),
        power.powerHeadroom(SITE, 8),
        power.pue(SITE, 8),
        power.rackTable(RACKS, 24),
      ],
    },
    {
      title: 'Heat',
      panels: [
        heat.inlets(ROWS, 8),
        heat.thermalMargin(ROWS, 8),
        heat.throttled(ROWS, 8),
        heat.cooling(SITE, 12),
        heat.gpuTemperatures(ROWS, 12),
      ],
    },
    {
      title: 'GPUs and work',
      panels: [
        gpus.allocation(SITE, 8),
        gpus.activity(SITE, 8),
        gpus.idleAllocated(HOSTS_OF_SITE, 8),
        work.queue(SITE, 8),
        work.schedulingLatency(SITE, 8),
        work.fragmentation(SITE, 8),
        work.kueueQueues(12),
        work.namespaceEfficiency(GPUS_OF_SITE, 12),
      ],
    },
    {
      title: 'Faults and links',
      panels: [
        faults.xidTable(GPUS_OF_SITE, 8),
        faults.eccErrors(ROWS, 8),
        faults.nvlinksDown(ROWS, 8),
        faults.fabricTraffic(ROWS, 24),
      ],
    },
    {
      title: 'Can these figures be trusted?',
      panels: [
        trust.sourceAges(8),
        trust.signalAges(RACKS, 8),
        trust.quality(RACKS, 8),
        trust.ingest(8),
        fidelity.mape(8),
        fidelity.disagreements(8),
      ],
    },
  ],
});
