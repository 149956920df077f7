/** What models say of a GPU or a host beyond what is measured. */
import { z } from 'zod';
import { gpuFigures, hostFigures, KINDS } from '../../../twin/index.ts';
import { pastRoute } from '../route.ts';
import { entityOf } from '../scope.ts';

const number = z.number();
const perhaps = z.number().nullable();

const die = z
  .object({
    activeSms: number.describe('SMs at work, on average.'),
    activeGpcs: z.int(),
    tensorFlops: number,
    memBytesPerS: number,
    clockRatio: perhaps.describe('Over the highest; null: not reported.'),
    limitedBy: z
      .enum(['compute', 'memory', 'outside'])
      .describe('The roof that is near; outside: neither, so something beside the die.'),
    place: z
      .object({
        flopsPerByte: perhaps.describe('null: no memory traffic.'),
        ridgeFlopsPerByte: number,
        attainableFlops: number,
        bound: z.enum(['compute', 'memory']),
      })
      .nullable()
      .describe('Under the roofline; null: idle.'),
  })
  .describe('From profiling metrics.');

const gpu = z.object({
  die: die.nullable(),
  hbm: z.object({ tempC: number, isMeasured: z.boolean() }).nullable(),
  instances: z.array(
    z.object({ id: z.string(), profile: z.string(), computeRatio: number, memoryRatio: number }),
  ),
});

const host = z.object({
  stealRatio: perhaps.describe('Measured.'),
  wantedRatio: perhaps.describe(
    'What virtual CPUs want over what there is, by the fluid model; 1: that or less.',
  ),
  numa: z
    .array(
      z.object({
        ...{ from: z.int(), to: z.int(), distance: number, readS: number },
        speedRatio: number.describe('Of work that only waits for memory, all of it there.'),
      }),
    )
    .describe('Memory of another domain.'),
  transfers: z
    .array(
      z.object({
        ...{ gpu: z.string(), nic: z.string(), bytesPerS: number },
        path: z.string().describe('switch, root, socket or nvlink: the farthest it crosses.'),
        limitedBy: z.array(z.string()).nullable().describe('Ends of the edge that limits it.'),
      }),
    )
    .describe('All GPUs sending to the NIC next to each at once, shared fairly.'),
  service: z
    .object({ requestsPerS: number, latencyS: number, queueS: number, serveS: number })
    .nullable()
    .describe('Means; the queue by waiting requests over arrivals.'),
});

const figures = pastRoute({
  method: 'get',
  path: '/api/v1/figures/{id}',
  summary: 'What models say of a GPU (die, HBM) or a host (CPU, NUMA, PCIe, requests) as it is now',
  tag: 'entities',
  role: 'viewer',
  answer: z.object({
    ...{ id: z.string(), kind: z.string(), gpu: gpu.optional(), host: host.optional() },
    unknown: z.array(z.string()).describe('What cannot be said, and what would tell it.'),
  }),
  handle({ params }, { live }) {
    const { state, topology } = live.twin;
    const entity = entityOf(topology, params.id);
    const kind = KINDS[topology.kind[entity]].id;
    if (kind === 'gpu') return { id: params.id, kind, ...gpuAnswer(gpuFigures(state, entity)) };
    if (kind === 'host') return { id: params.id, kind, ...hostAnswer(hostFigures(state, entity)) };
    return { id: params.id, kind, unknown: ['figures are of GPUs and hosts'] };
  },
});

function gpuAnswer({ die: found, clockRatio, hbm, instances }: ReturnType<typeof gpuFigures>) {
  const unknown = [
    ...(found ? [] : ['die: needs SM, tensor and memory activity (profiling metrics of DCGM)']),
    ...(hbm ? [] : ['hbm: needs its sensor, or GPU temperature and memory activity']),
  ];
  const { place, ...figuresOfDie } = found ?? {};
  const shown = place && {
    flopsPerByte: Number.isFinite(place.flopsPerByte) ? place.flopsPerByte : null,
    ridgeFlopsPerByte: place.ridgeFlopsPerByte,
    attainableFlops: place.attainableFlops,
    bound: place.bound,
  };
  return {
    gpu: {
      die: found ? { ...figuresOfDie, clockRatio: clockRatio ?? null, place: shown ?? null } : null,
      hbm: hbm ?? null,
      instances,
    },
    unknown,
  };
}

function hostAnswer(found: ReturnType<typeof hostFigures>) {
  const { stealRatio, wantedRatio, numa, transfers, service } = found;
  const unknown = [
    ...(stealRatio === undefined ? ['stealRatio: needs node_exporter'] : []),
    ...(transfers.length === 0 ? ['transfers: the fabric of its class is not known'] : []),
    ...(service ? [] : ['service: needs requests, their latency and how many wait']),
    'P99 by layer: no exporter tells batches, prefill and decode; ask the model `inference`',
  ];
  return {
    host: {
      ...{ stealRatio: stealRatio ?? null, wantedRatio: wantedRatio ?? null, numa },
      transfers: transfers.map(({ limitedBy, ...rest }) => ({
        ...rest,
        limitedBy: limitedBy ? [...limitedBy] : null,
      })),
      service: service ?? null,
    },
    unknown,
  };
}

export const figureRoutes = [figures];
