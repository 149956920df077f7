/** One rack: its power and heat against their limits, and the hosts in it. */
import type { Board } from '../layout.ts';
import { GPUS_OF_RACK, HOSTS_OF_RACK, RACK } from '../promql.ts';
import * as faults from '../topics/faults.ts';
import * as gpus from '../topics/gpus.ts';
import * as heat from '../topics/heat.ts';
import * as power from '../topics/power.ts';
import { datasourceVariable, rackVariable, rowVariable, siteVariable } from '../variables.ts';

export const rackBoard = (): Board => ({
  id: 'rack',
  title: 'Orrery / Rack',
  description: 'One rack: what it draws, what is left under each limit, and the hosts in it.',
  from: 'now-6h',
  to: 'now',
  variables: [datasourceVariable(), siteVariable(), rowVariable(), rackVariable()],
  sections: [
    {
      title: 'Now',
      panels: [
        gpus.gpuStates(HOSTS_OF_RACK, 12),
        gpus.freeNow(RACK, 4),
        power.hostTable(HOSTS_OF_RACK, 24),
      ],
    },
    {
      title: 'Power',
      panels: [
        power.powerAndLimits(RACK, 8),
        power.powerOfParts(HOSTS_OF_RACK, 8),
        power.powerHeadroom(RACK, 8),
      ],
    },
    {
      title: 'Heat',
      panels: [
        heat.inlets(RACK, 8),
        heat.cooling(RACK, 8),
        heat.thermalMargin(HOSTS_OF_RACK, 8),
        heat.gpuTemperatures(HOSTS_OF_RACK, 12),
        heat.throttled(HOSTS_OF_RACK, 12),
      ],
    },
    {
      title: 'GPUs and work',
      panels: [
        gpus.allocation(RACK, 8),
        gpus.activity(RACK, 8),
        gpus.idleAllocated(HOSTS_OF_RACK, 8),
      ],
    },
    {
      title: 'Faults and links',
      panels: [
        faults.xidTimeline(GPUS_OF_RACK, 12),
        faults.eccErrors(HOSTS_OF_RACK, 12),
        faults.nvlinksDown(HOSTS_OF_RACK, 8),
        faults.linkErrors(HOSTS_OF_RACK, 8),
        faults.fabricTraffic(HOSTS_OF_RACK, 8),
      ],
    },
  ],
});
