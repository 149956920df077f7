/** The part of the kubelet's cAdvisor page that operators watch: throttling, memory, OOM. */
import { podName } from '../jobs.ts';
import type { Simulation } from '../simulation.ts';
import { type FamilyType, familyHead, type Labels, seriesPrefix } from './exposition.ts';

/** The page of a host, or undefined when the host is off. */
export function renderKubelet(simulation: Simulation, host: number): string | undefined {
  const { book, state } = simulation;
  if (state.host.poweredOn[host] === 0) return undefined;
  const jobs = [...book.running.values()].filter(job => job.hosts.includes(host));
  const pods = jobs.map(job => ({
    ...{ container: 'main', image: 'work:1', namespace: job.namespace },
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
  const cfs = 'container_cpu_cfs';
  family(`${cfs}_periods_total`, 'counter', 'Enforcement periods.', sinceS => 10 * sinceS);
  family(
    `${cfs}_throttled_periods_total`,
    'counter',
    'Throttled periods.',
    sinceS => 0.05 * sinceS,
  );
  family('container_cpu_usage_seconds_total', 'counter', 'CPU time.', sinceS => 9 * sinceS);
  family('container_memory_working_set_bytes', 'gauge', 'Working set.', () => 96e9);
  family('container_oom_events_total', 'counter', 'Out-of-memory events.', () => 0);
  return text;
}
