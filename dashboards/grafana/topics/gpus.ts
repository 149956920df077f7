/** GPUs: how many are well, in use and busy. */
import { runbookLinks } from '../limits.ts';
import { boardLink, seriesLabel } from '../links.ts';
import { fixedColor, lines, type Query, type Sized, stats } from '../panels.ts';
import { gpuSeries, orZero, type Scope, series } from '../promql.ts';
import { BYTES_PER_S, COUNT, HERTZ, MEBIBYTES, PERCENT, unitOf, WATT } from '../units.ts';

/** Signs on a host that its GPUs work, but not as they should: [signal, value that passes]. */
const DEGRADED: readonly (readonly [string, number])[] = [
  ['healthCode', 0],
  ['nvlinkDownCount', 0],
  ['eccDbeCount', 0],
  ['throttleRatio', 0.2],
];

const STATE_COLORS = { healthy: 'green', degraded: 'orange', drained: 'blue', lost: 'red' };

/** Healthy, degraded, drained and lost GPUs: every GPU of the inventory is in exactly one. */
export function gpuStates(hosts: Scope, w: number): Sized {
  const reporting = series(hosts, 'gpuPresentFlag');
  const total = `sum(${reporting})`;
  const drainedHosts = `(${series(hosts, 'schedulableFlag')} == 0)`;
  const degradedHosts = DEGRADED.map(([id, most]) => `${series(hosts, id)} > ${most}`).join(' or ');
  const drained = orZero(`sum(${reporting} and on (site, host) ${drainedHosts})`, total);
  const degraded = orZero(
    `sum((${reporting} and on (site, host) (${degradedHosts})) ` +
      `unless on (site, host) ${drainedHosts})`,
    total,
  );
  const known = `count(max by (UUID) (orrery_gpu_info{${hosts.match}}))`;
  const sized = stats(
    {
      title: 'GPUs healthy, degraded, drained, lost',
      description:
        'Degraded: on a host with a health warning, an NVLink down, an uncorrected ECC error or ' +
        'throttling. Drained: on a host closed to scheduling. Lost: in the inventory but not ' +
        'reporting; a host that vanished counts here, never as healthy.',
      unit: COUNT,
      w,
      links: runbookLinks('gpu', 'gpuPresentFlag'),
    },
    [
      { expr: `${total} - (${drained}) - (${degraded})`, legend: 'healthy' },
      { expr: degraded, legend: 'degraded' },
      { expr: drained, legend: 'drained' },
      { expr: `clamp_min(${known} - ${total}, 0)`, legend: 'lost' },
    ],
  );
  for (const [state, color] of Object.entries(STATE_COLORS)) {
    sized.panel.overrideByName(state, [fixedColor(color)]);
  }
  return sized;
}

/** GPUs allocated, busy, free and asked for. */
export function allocation(scope: Scope, w: number): Sized {
  const pending: Query[] =
    scope.kind === 'site'
      ? [{ expr: series(scope, 'gpusPendingCount'), legend: 'asked by pending pods' }]
      : [];
  return lines(
    {
      title: 'GPUs allocated and used',
      description:
        'Allocated is what the scheduler gave away; busy is mean utilisation times GPUs, so the ' +
        'gap between the two is capacity that is paid for and idle.',
      unit: COUNT,
      min: 0,
      w,
    },
    [
      { expr: series(scope, 'gpusAllocatableCount'), legend: 'allocatable' },
      { expr: series(scope, 'gpusAllocatedCount'), legend: 'allocated' },
      {
        expr: `${series(scope, 'utilRatio')} * ${series(scope, 'gpuPresentFlag')}`,
        legend: 'busy',
      },
      { expr: series(scope, 'gpusFreeCount'), legend: 'free' },
      ...pending,
    ],
  );
}

/** Allocated GPUs that do nothing, in GPU equivalents. */
export function idleAllocated(hosts: Scope, w: number): Sized {
  const idle =
    `clamp_min(${series(hosts, 'gpusAllocatedCount')} - ` +
    `${series(hosts, 'utilRatio')} * ${series(hosts, 'gpuPresentFlag')}, 0)`;
  return lines(
    {
      title: 'Allocated but idle GPUs, worst hosts',
      description:
        'Allocated GPUs less the busy ones, in GPU equivalents, the ten worst hosts. Ask their ' +
        'owners before buying more.',
      unit: COUNT,
      min: 0,
      decimals: 1,
      w,
      dataLinks: [boardLink('host', { rack: seriesLabel('rack'), host: seriesLabel('host') })],
    },
    [{ expr: `topk(10, ${idle})`, legend: '{{host}}' }],
  );
}

/** What the silicon does: GPU_UTIL only says that some kernel ran. */
export function activity(scope: Scope, w: number): Sized {
  return lines(
    {
      title: 'GPU activity: tensor, SM, memory',
      description:
        'Mean over the GPUs. Utilisation only says that a kernel ran; SM and tensor activity say ' +
        'how much of the chip worked. High memory with low tensor activity means bound by memory.',
      unit: PERCENT,
      min: 0,
      max: 1,
      w,
    },
    [
      { expr: series(scope, 'utilRatio'), legend: 'utilisation' },
      { expr: series(scope, 'smActiveRatio'), legend: 'SM active' },
      { expr: series(scope, 'tensorActiveRatio'), legend: 'tensor active' },
      { expr: series(scope, 'dramActiveRatio'), legend: 'memory active' },
    ],
  );
}

/** The same for each GPU, straight from the exporter. */
export function activityOfGpus(gpus: Scope, w: number): Sized {
  return lines(
    {
      title: 'Activity by engine',
      description:
        'Profiling counters of dcgm-exporter for each GPU. All of them at 0 while power is high ' +
        'means that profiling stopped (it does after some XIDs), not that the GPU idles.',
      unit: PERCENT,
      min: 0,
      max: 1,
      w,
    },
    [
      { expr: gpuSeries(gpus, 'DCGM_FI_PROF_GR_ENGINE_ACTIVE'), legend: '{{gpu}} graphics' },
      { expr: gpuSeries(gpus, 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE'), legend: '{{gpu}} tensor' },
      { expr: gpuSeries(gpus, 'DCGM_FI_PROF_DRAM_ACTIVE'), legend: '{{gpu}} memory' },
    ],
  );
}

/** Power of each GPU. */
export function powerOfGpus(gpus: Scope, w: number): Sized {
  return lines(
    {
      title: 'Power by GPU',
      description: 'Power of each GPU by dcgm-exporter. Those at their cap are held back by it.',
      unit: WATT,
      min: 0,
      w,
      links: runbookLinks('gpu', 'gpuPowerW'),
      dataLinks: [boardLink('gpu', { host: seriesLabel('host'), gpu: seriesLabel('gpu') })],
    },
    [{ expr: gpuSeries(gpus, 'DCGM_FI_DEV_POWER_USAGE'), legend: '{{gpu}}' }],
  );
}

/** Power of all GPUs of a host beside the sum of their caps. */
export function powerAndCaps(host: Scope, w: number): Sized {
  return lines(
    {
      title: 'GPU power and caps',
      description: 'Power of all GPUs beside the sum of the caps set on them.',
      unit: unitOf('gpuPowerW'),
      min: 0,
      w,
      links: runbookLinks('gpu', 'gpuPowerW'),
    },
    [
      { expr: series(host, 'gpuPowerW'), legend: 'power' },
      { expr: series(host, 'gpuPowerLimitW'), legend: 'limit by caps' },
    ],
  );
}

export function clocks(gpus: Scope, w: number): Sized {
  return lines(
    {
      title: 'SM clock',
      description: 'SM clock of each GPU; one below its neighbours holds back the whole gang.',
      unit: HERTZ,
      w,
      links: runbookLinks('gpu', 'throttleRatio'),
    },
    // the exporter gives MHz
    [{ expr: `1e6 * ${gpuSeries(gpus, 'DCGM_FI_DEV_SM_CLOCK')}`, legend: '{{gpu}}' }],
  );
}

export function memoryUsed(gpus: Scope, w: number): Sized {
  return lines(
    {
      title: 'GPU memory used',
      description: 'Frame buffer in use on each GPU.',
      unit: MEBIBYTES,
      min: 0,
      w,
    },
    [{ expr: gpuSeries(gpus, 'DCGM_FI_DEV_FB_USED'), legend: '{{gpu}}' }],
  );
}

export function pcieTraffic(gpus: Scope, w: number): Sized {
  return lines(
    {
      title: 'PCIe traffic',
      description: 'Bytes each GPU sends to and takes from the host; the exporter gives a rate.',
      unit: BYTES_PER_S,
      w,
      links: runbookLinks('gpu', 'pcieLinkWidthRatio'),
    },
    [
      { expr: gpuSeries(gpus, 'DCGM_FI_PROF_PCIE_TX_BYTES'), legend: '{{gpu}} sent' },
      { expr: gpuSeries(gpus, 'DCGM_FI_PROF_PCIE_RX_BYTES'), legend: '{{gpu}} received' },
    ],
  );
}

/** GPUs free now, large. */
export function freeNow(scope: Scope, w: number): Sized {
  return stats(
    {
      title: 'GPUs free',
      description: 'GPUs that the scheduler could give away now.',
      unit: COUNT,
      w,
    },
    [{ expr: series(scope, 'gpusFreeCount'), legend: 'free' }],
  );
}
