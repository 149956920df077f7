/**
 * kube-state-metrics of the simulated cluster: nodes, their GPUs and conditions, pods with
 * requests, pending pods.
 */
import { gpusOn, podName } from '../jobs.ts';
import type { Simulation } from '../simulation.ts';
import type { PlantHost } from '../site.ts';
import { presentGpus } from '../state.ts';
import { type FamilyType, familyHead, type Labels, seriesPrefix } from './exposition.ts';

const RESOURCE = 'nvidia_com_gpu';
const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];

interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly owner: string;
  readonly gpus: number;
  /** Absent while pending. */
  readonly host?: PlantHost;
}

type Add = (name: string, type: FamilyType, help: string, series: readonly Sample[]) => void;
type Sample = readonly [Labels, number];

export function renderKubeState(simulation: Simulation): string {
  let text = '';
  const add: Add = (name, type, help, series) => {
    text += familyHead(name, type, help);
    for (const [labels, value] of series) text += `${seriesPrefix(name, labels)}${value}\n`;
  };
  addNodes(simulation, add);
  addPods(podsOf(simulation), add);
  return text;
}

const nodeOf = (host: PlantHost) => host.nodeName ?? host.id;

function addNodes({ layout, state }: Simulation, add: Add): void {
  const { site } = layout;
  const on = (at: number) => state.host.poweredOn[at] === 1;
  const resources = (host: PlantHost, gpus: number): Sample[] => [
    [{ node: nodeOf(host), resource: 'cpu', unit: 'core' }, 224],
    [{ node: nodeOf(host), resource: 'memory', unit: 'byte' }, 2 ** 41],
    [{ node: nodeOf(host), resource: 'pods', unit: 'integer' }, 110],
    [{ node: nodeOf(host), resource: RESOURCE, unit: 'integer' }, gpus],
  ];
  const present = (at: number) => presentGpus(layout, state, at);
  add(
    'kube_node_info',
    'gauge',
    '[STABLE] Information about a cluster node.',
    site.hosts.map(host => [
      {
        ...{ node: nodeOf(host), kernel_version: '6.8.0-60-generic', os_image: 'Ubuntu 24.04 LTS' },
        ...{ container_runtime_version: 'containerd://1.7.27', kubelet_version: 'v1.33.4' },
        ...{ internal_ip: host.ip ?? '', provider_id: '', system_uuid: host.id },
      },
      1,
    ]),
  );
  add(
    'kube_node_spec_unschedulable',
    'gauge',
    '[STABLE] Whether a node can schedule new pods.',
    site.hosts.map((host, at) => [node(host), present(at) < host.gpus ? 1 : 0]),
  );
  add(
    'kube_node_status_capacity',
    'gauge',
    '[STABLE] The capacity for different resources of a node.',
    site.hosts.flatMap(host => resources(host, host.gpus)),
  );
  add(
    'kube_node_status_allocatable',
    'gauge',
    '[STABLE] The allocatable for different resources of a node.',
    site.hosts.flatMap((host, at) => resources(host, present(at))),
  );
  add(
    'kube_node_status_condition',
    'gauge',
    '[STABLE] The condition of a cluster node.',
    site.hosts.flatMap((host, at) => conditions(host, on(at))),
  );
}

const node = (host: PlantHost) => ({ node: nodeOf(host) });

function conditions(host: PlantHost, on: boolean): Sample[] {
  const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure'];
  const statuses = (condition: string, truth: string): Sample[] =>
    ['true', 'false', 'unknown'].map(status => [
      { ...node(host), condition, status },
      status === truth ? 1 : 0,
    ]);
  return [
    ...pressures.flatMap(condition => statuses(condition, on ? 'false' : 'unknown')),
    ...statuses('Ready', on ? 'true' : 'unknown'),
  ];
}

function podsOf({ layout, book }: Simulation): Pod[] {
  const running = [...book.running.values()].flatMap(job =>
    job.hosts.map((host, nth) => ({
      ...{ name: podName(job, nth), namespace: job.namespace, owner: job.name },
      gpus: gpusOn(layout, job, host),
      host: layout.site.hosts[host],
    })),
  );
  const perHost = Math.max(1, ...layout.site.hosts.map(host => host.gpus));
  const pending = book.pending.flatMap(job => {
    const count = Math.ceil(job.gpuCount / perHost);
    return Array.from({ length: count }, (_, nth) => ({
      name: count > 1 ? `${job.name}-worker-${nth}` : `${job.name}-0`,
      ...{ namespace: job.namespace, owner: job.name },
      gpus: Math.min(perHost, job.gpuCount - nth * perHost),
    }));
  });
  return [...running, ...pending];
}

function addPods(pods: readonly Pod[], add: Add): void {
  const id = (pod: Pod) => ({
    ...{ namespace: pod.namespace, pod: pod.name, uid: `uid-${pod.name}` },
  });
  const on = (pod: Pod) => (pod.host ? nodeOf(pod.host) : '');
  add(
    'kube_pod_info',
    'gauge',
    '[STABLE] Information about pod.',
    pods.map(pod => [
      {
        ...id(pod),
        ...{ host_ip: pod.host?.ip ?? '', pod_ip: '', node: on(pod), created_by_kind: 'Job' },
        ...{ created_by_name: pod.owner, priority_class: '', host_network: 'false' },
      },
      1,
    ]),
  );
  add(
    'kube_pod_container_resource_requests',
    'gauge',
    '[STABLE] The number of requested request resource by a container.',
    pods.flatMap((pod): Sample[] => {
      const labels = { ...id(pod), container: 'main', node: on(pod) };
      return [
        [{ ...labels, resource: RESOURCE, unit: 'integer' }, pod.gpus],
        [{ ...labels, resource: 'cpu', unit: 'core' }, 12 * pod.gpus],
        [{ ...labels, resource: 'memory', unit: 'byte' }, 160e9 * pod.gpus],
      ];
    }),
  );
  add(
    'kube_pod_status_phase',
    'gauge',
    '[STABLE] The pods current phase.',
    pods.flatMap(pod => {
      const phase = pod.host ? 'Running' : 'Pending';
      return PHASES.map((name): Sample => [{ ...id(pod), phase: name }, name === phase ? 1 : 0]);
    }),
  );
  add(
    'kube_pod_status_unschedulable',
    'gauge',
    '[STABLE] Describes the unschedulable status for the pod.',
    pods.filter(pod => !pod.host).map(pod => [id(pod), 1]),
  );
}
