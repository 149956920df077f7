/** The part of the kubelet's cAdvisor page that operators watch: throttling, memory, OOM. */
import { podName } from '../jobs.ts';
import type { Simulation } from '../simulation.ts';
import { CONTAINER } from '../workload.ts';
import { type FamilyType, familyHead, type Labels, seriesPrefix } from './exposition.ts';

/** The page of a host, or undefined when the host is off. */
export function renderKubelet(simulation: Simulation, host: number): string | undefined {
  const { book, state } = simulation;
  if (state.host.poweredOn[host] === 0) return undefined;
  const jobs = [...book.running.values()].filter(job => job.hosts.includes(host));
  const pods = jobs.map(job => ({
    ...{ container: 'main', id: `/kubepods/burstable/pod-${job.name}/main`, image: 'work:1' },
    ...{ name: `${job.name}-main`, namespace: job.namespace },
    pod: podName(job, job.hosts.indexOf(host)),
    sinceS: state.nowS - job.startS,
  }));
  let text = '';
  const family = (
    name: string,
    type: FamilyType,
    help: string,
    value: (sinceS: number) => number,
  ) => {
    text += familyHead(name, type, help);
    for (const { sinceS, ...labels } of pods) {
      text += `${seriesPrefix(name, labels satisfies Labels)}${Math.floor(value(sinceS))}\n`;
    }
  };
  const { periodsPerS, throttledRatio, cores, workingSetBytes } = CONTAINER;
  const counter = (name: string, help: string, perS: number) =>
    family(`container_${name}_total`, 'counter', help, sinceS => perS * sinceS);
  counter('cpu_cfs_periods', 'Number of elapsed enforcement period intervals.', periodsPerS);
  counter(
    'cpu_cfs_throttled_periods',
    'Number of throttled period intervals.',
    throttledRatio * periodsPerS,
  );
  counter('cpu_usage_seconds', 'Cumulative cpu time consumed in seconds.', cores);
  counter('oom_events', 'Count of out of memory events observed for the container', 0);
  const help = 'Current working set in bytes.';
  family('container_memory_working_set_bytes', 'gauge', help, () => workingSetBytes);
  return text;
}
