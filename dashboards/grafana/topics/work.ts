/** Work: queues, quota, fragmentation, and what jobs make of the GPUs they hold. */
import { limitLines, runbookLinks } from '../limits.ts';
import { type Column, grid, lines, type Sized } from '../panels.ts';
import { gpuSeries, nodeSeries, type Scope, series } from '../promql.ts';
import { BYTES_PER_S, COUNT, PERCENT, SECONDS, unitOf } from '../units.ts';

/** What waits, and why it may: free GPUs in pieces. */
export function queue(site: Scope, w: number): Sized {
  return lines(
    {
      title: 'Waiting work',
      description: 'Pods and jobs that wait for GPUs, and the GPUs that pending pods ask for.',
      unit: COUNT,
      min: 0,
      w,
    },
    [
      { expr: series(site, 'podsPendingCount'), legend: 'pods pending' },
      { expr: series(site, 'jobsPendingCount'), legend: 'jobs pending' },
      { expr: series(site, 'gpusPendingCount'), legend: 'GPUs asked for' },
    ],
  );
}

export function schedulingLatency(site: Scope, w: number): Sized {
  return lines(
    {
      title: 'Scheduling latency, p99',
      description: 'How long the slowest hundredth of pods waited for the scheduler.',
      unit: SECONDS,
      min: 0,
      w,
    },
    [{ expr: series(site, 'schedulingP99S'), legend: 'p99' }],
  );
}

/** Share of free GPUs that stand in partly used hosts. */
export function fragmentation(scope: Scope, w: number): Sized {
  return lines(
    {
      title: 'Fragmentation',
      description:
        'Share of the free GPUs that stand in partly used hosts. Above the limit, large gangs ' +
        'wait although the number of free GPUs would do.',
      unit: unitOf('fragmentationRatio'),
      min: 0,
      w,
      links: runbookLinks(scope.kind, 'fragmentationRatio'),
    },
    [
      { expr: series(scope, 'fragmentationRatio'), legend: `{{${scope.kind}}}` },
      ...limitLines(scope, 'fragmentationRatio'),
    ],
  );
}

const GPU_RESOURCE = 'resource="nvidia.com/gpu"';

/** Kueue: quota, use and waiting workloads of each queue. */
export function kueueQueues(w: number): Sized {
  const column = (title: string, expr: string): Column => ({
    title,
    expr: `sum by (cluster_queue) (${expr})`,
    unit: COUNT,
  });
  return grid(
    {
      title: 'Kueue queues',
      description:
        'GPU quota and its use by ClusterQueue, and workloads that wait. Quota and use need ' +
        'enableClusterQueueResources in the configuration of Kueue.',
      unit: COUNT,
      w,
    },
    ['cluster_queue'],
    [
      column('Quota', `kueue_cluster_queue_nominal_quota{${GPU_RESOURCE}}`),
      column('Used', `kueue_cluster_queue_resource_usage{${GPU_RESOURCE}}`),
      column('Waiting', 'kueue_pending_workloads{status="active"}'),
      column('Cannot be admitted', 'kueue_pending_workloads{status="inadmissible"}'),
    ],
  );
}

/**
 * Labels of the job that holds a GPU. A Prometheus that does not honour the exporter's labels keeps
 * them as `exported_*`, and `namespace` is then the exporter's own.
 */
function byJob(expr: string, label: 'namespace' | 'pod'): string {
  const own = `label_replace(${expr}, "job_${label}", "$1", "${label}", "(.+)")`;
  return `label_replace(${own}, "job_${label}", "$1", "exported_${label}", "(.+)")`;
}

/** What each namespace holds and what it makes of it. */
export function namespaceEfficiency(gpus: Scope, w: number): Sized {
  const engine = byJob(gpuSeries(gpus, 'DCGM_FI_PROF_GR_ENGINE_ACTIVE'), 'namespace');
  const tensor = byJob(gpuSeries(gpus, 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE'), 'namespace');
  const power = byJob(gpuSeries(gpus, 'DCGM_FI_DEV_POWER_USAGE'), 'namespace');
  const column = (title: string, op: string, expr: string, unit: string): Column => ({
    title,
    expr: `${op} by (job_namespace) (${expr})`,
    unit,
  });
  return grid(
    {
      title: 'Efficiency by namespace',
      description:
        'GPUs held by each Kubernetes namespace, how busy they are and what they draw. Busy GPUs ' +
        'with little tensor activity wait for data or for each other. Scrape dcgm-exporter with ' +
        'honor_labels, or GPUs without a job count for the namespace of the exporter.',
      unit: PERCENT,
      w,
    },
    ['job_namespace'],
    [
      column('GPUs', 'count', engine, COUNT),
      column('Engine active', 'avg', engine, PERCENT),
      column('Tensor active', 'avg', tensor, PERCENT),
      column('Power', 'sum', power, unitOf('gpuPowerW')),
    ],
  );
}

/** Which pod holds each GPU, and what it makes of it. */
export function podsOnGpus(gpus: Scope, w: number): Sized {
  const pods = (metric: string) => {
    const named = byJob(byJob(gpuSeries(gpus, metric), 'namespace'), 'pod');
    return `max by (gpu, job_namespace, job_pod) (${named})`;
  };
  return grid(
    {
      title: 'Pods on GPUs',
      description: 'The pod that holds each GPU, as dcgm-exporter maps it, and its activity now.',
      unit: PERCENT,
      w,
    },
    ['gpu', 'job_namespace', 'job_pod'],
    [
      { title: 'Engine active', expr: pods('DCGM_FI_PROF_GR_ENGINE_ACTIVE'), unit: PERCENT },
      { title: 'Tensor active', expr: pods('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE'), unit: PERCENT },
      { title: 'Power', expr: pods('DCGM_FI_DEV_POWER_USAGE'), unit: unitOf('gpuPowerW') },
    ],
  );
}

/** CPU, memory and their pressure on one host. */
export function hostLoad(host: Scope, w: number): Sized {
  return lines(
    {
      title: 'CPU, memory and disk',
      description:
        'Use of CPU, memory and the busiest disk, and the share of time in which something ' +
        'waited for CPU, memory or I/O. Pressure tells more than use.',
      unit: PERCENT,
      min: 0,
      w,
      links: runbookLinks('host', 'diskBusyRatio', 'containerThrottleRatio'),
    },
    [
      { expr: series(host, 'cpuUtilRatio'), legend: 'CPU' },
      { expr: series(host, 'memUsedRatio'), legend: 'memory' },
      { expr: series(host, 'diskBusyRatio'), legend: 'busiest disk' },
      { expr: series(host, 'cpuPressureRatio'), legend: 'CPU pressure' },
      { expr: series(host, 'memPressureRatio'), legend: 'memory pressure' },
      { expr: series(host, 'ioPressureRatio'), legend: 'I/O pressure' },
    ],
  );
}

/** Traffic of each network interface, straight from node_exporter. */
export function interfaceTraffic(host: Scope, w: number): Sized {
  const rate = (metric: string) =>
    nodeSeries(host, `rate(${metric}{device!="lo"}[$__rate_interval])`);
  return lines(
    {
      title: 'Network traffic by interface',
      description: 'Bytes in and out of each interface by node_exporter, joined by node name.',
      unit: BYTES_PER_S,
      w,
    },
    [
      { expr: rate('node_network_receive_bytes_total'), legend: '{{device}} received' },
      { expr: rate('node_network_transmit_bytes_total'), legend: '{{device}} sent' },
    ],
  );
}

/** Containers that are throttled, and processes that were killed for memory. */
export function containerTrouble(host: Scope, w: number): Sized {
  return lines(
    {
      title: 'Containers throttled',
      description: 'Share of CPU periods in which containers of the host were throttled.',
      unit: unitOf('containerThrottleRatio'),
      min: 0,
      w,
      links: runbookLinks('host', 'containerThrottleRatio', 'oomKillPerH'),
    },
    [
      { expr: series(host, 'containerThrottleRatio'), legend: 'throttled' },
      ...limitLines(host, 'containerThrottleRatio'),
    ],
  );
}
