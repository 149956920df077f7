/** GPUs one by one, straight from dcgm-exporter, under the names of the twin. */
import type { Board } from '../layout.ts';
import { GPUS } from '../promql.ts';
import * as faults from '../topics/faults.ts';
import * as gpus from '../topics/gpus.ts';
import * as heat from '../topics/heat.ts';
import * as work from '../topics/work.ts';
import { datasourceVariable, gpuVariable, hostVariable, siteVariable } from '../variables.ts';

export const gpuBoard = (): Board => ({
  id: 'gpu',
  title: 'Orrery / GPU',
  description:
    'GPUs one by one by dcgm-exporter, joined to the twin by UUID; works also where Orrery ' +
    'exports no series for single GPUs.',
  from: 'now-3h',
  to: 'now',
  variables: [datasourceVariable(), siteVariable(), hostVariable('site'), gpuVariable()],
  sections: [
    { title: 'Who uses it', panels: [work.podsOnGpus(GPUS, 24)] },
    {
      title: 'Work',
      panels: [gpus.activityOfGpus(GPUS, 12), gpus.memoryUsed(GPUS, 12)],
    },
    {
      title: 'Power and heat',
      panels: [
        gpus.powerOfGpus(GPUS, 8),
        heat.temperatureOfGpus(GPUS, 8),
        gpus.clocks(GPUS, 8),
        heat.throttleReasons(GPUS, 24),
      ],
    },
    {
      title: 'Faults and links',
      panels: [
        faults.xidTimeline(GPUS, 12),
        faults.rowRemaps(GPUS, 12),
        gpus.pcieTraffic(GPUS, 12),
        faults.pcieReplays(GPUS, 12),
      ],
    },
  ],
});
