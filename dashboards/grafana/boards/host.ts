/** One host: do its sensors agree, is it slowed down, and what does its work make of it? */
import type { Board } from '../layout.ts';
import { GPUS_OF_HOST, HOST } from '../promql.ts';
import * as faults from '../topics/faults.ts';
import * as gpus from '../topics/gpus.ts';
import * as heat from '../topics/heat.ts';
import * as power from '../topics/power.ts';
import * as trust from '../topics/trust.ts';
import * as work from '../topics/work.ts';
import {
  datasourceVariable,
  hostVariable,
  rackVariable,
  rowVariable,
  siteVariable,
} from '../variables.ts';

export const hostBoard = (): Board => ({
  id: 'host',
  title: 'Orrery / Host',
  description: 'One host: power by every sensor, heat, GPUs, links and load.',
  from: 'now-3h',
  to: 'now',
  variables: [
    datasourceVariable(),
    siteVariable(),
    rowVariable(),
    rackVariable(),
    hostVariable('rack'),
  ],
  sections: [
    {
      title: 'Now',
      panels: [gpus.gpuStates(HOST, 12), gpus.freeNow(HOST, 4), work.podsOnGpus(GPUS_OF_HOST, 24)],
    },
    {
      title: 'Power',
      panels: [
        power.powerByMeasuringPoint(HOST, 8),
        gpus.powerAndCaps(HOST, 8),
        gpus.powerOfGpus(GPUS_OF_HOST, 8),
      ],
    },
    {
      title: 'Heat',
      panels: [
        heat.inletAndExhaust(HOST, 8),
        heat.thermalMargin(HOST, 8),
        heat.throttled(HOST, 8),
        heat.temperatureOfGpus(GPUS_OF_HOST, 8),
        heat.bmcTemperatures(HOST, 8),
        heat.fans(HOST, 8),
      ],
    },
    {
      title: 'Load',
      panels: [gpus.activity(HOST, 8), work.hostLoad(HOST, 8), work.containerTrouble(HOST, 8)],
    },
    {
      title: 'Faults and links',
      panels: [
        faults.xidTimeline(GPUS_OF_HOST, 12),
        faults.linkErrors(HOST, 12),
        faults.fabricTraffic(HOST, 8),
        work.interfaceTraffic(HOST, 8),
        faults.packetLoss(HOST, 8),
      ],
    },
    {
      title: 'Can these figures be trusted?',
      panels: [trust.signalAges(HOST, 12), trust.quality(HOST, 12)],
    },
  ],
});
