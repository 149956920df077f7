/** Kubernetes: kube-state-metrics, kubelet with cAdvisor, kube-scheduler. */
import type { Mapping, MappingRow } from '../mapping.ts';

/** kube-state-metrics writes resource names with underscores. */
const GPU_RESOURCES = ['nvidia_com_gpu', 'amd_com_gpu', 'gpu_intel_com_i915', 'gpu_intel_com_xe'];
const ALLOCATABLE = {
  metrics: ['kube_node_status_allocatable'],
  where: { resource: GPU_RESOURCES },
};

const NODE: MappingRow[] = [
  { ...ALLOCATABLE, signal: 'gpusAllocatableCount', entity: 'podHost', combine: 'sum' },
  {
    ...{ metrics: ['kube_pod_container_resource_requests'], signal: 'gpusAllocatedCount' },
    ...{ entity: 'podHost', where: { resource: GPU_RESOURCES, node: /./ }, combine: 'sum' },
    zeroFrom: ALLOCATABLE,
  },
  {
    ...{ metrics: ['kube_node_spec_unschedulable'], signal: 'schedulableFlag', entity: 'podHost' },
    values: { '0': 1, '1': 0 },
  },
  {
    ...{ metrics: ['kube_node_status_condition'], signal: 'nodeReadyFlag', entity: 'podHost' },
    where: { condition: 'Ready', status: 'true' },
  },
  {
    ...{ metrics: ['kube_pod_info'], signal: 'podsCount', entity: 'podHost' },
    ...{ where: { node: /./ }, combine: 'sum' },
    zeroFrom: { metrics: ['kube_node_info'] },
  },
];

const CLUSTER: MappingRow[] = [
  {
    ...{ metrics: ['kube_pod_container_resource_requests'], signal: 'gpusPendingCount' },
    ...{ entity: 'site', where: { resource: GPU_RESOURCES, node: '' }, combine: 'sum' },
    zeroFrom: { metrics: ['kube_node_info'], where: {} },
  },
  {
    ...{ metrics: ['kube_pod_status_phase'], signal: 'podsPendingCount', entity: 'site' },
    ...{ where: { phase: 'Pending' }, combine: 'sum' },
  },
];

export const kubeStateMetrics: Mapping = {
  id: 'kube-state-metrics',
  title: 'kube-state-metrics',
  checkedAgainst: 'pages of Kubernetes 1.33 and 1.35',
  rows: [...NODE, ...CLUSTER],
  ignore: [
    /^kube_(certificatesigningrequest|configmap|cronjob|daemonset|deployment|endpoint)/,
    /^kube_(horizontalpodautoscaler|ingress|job|lease|limitrange|namespace|networkpolicy)_/,
    /^kube_(mutatingwebhook|validatingwebhook|persistentvolume|poddisruptionbudget|replica)/,
    /^kube_(resourcequota|secret|service|serviceaccount|statefulset|storageclass|volume)/,
    /^kube_(ingressclass|role|rolebinding|clusterrole|clusterrolebinding|state_metrics)/,
    /^kube_node_(annotations|created|labels|role|spec_taint|status_(addresses|capacity)|deletion)/,
    /^kube_pod_(?!info$|status_phase$|container_resource_requests$)/,
  ],
};

export const kubelet: Mapping = {
  id: 'kubelet',
  title: 'kubelet and cAdvisor',
  checkedAgainst: 'names from memory; no page',
  rows: [
    {
      ...{ metrics: ['container_cpu_cfs_throttled_periods_total'] },
      ...{ signal: 'containerThrottleRatio', entity: 'host' },
      // Without a container's name the series is the pod's or the slice's total.
      ...{ where: { container: /./ }, mode: 'rate', combine: 'sum' },
      over: { metrics: ['container_cpu_cfs_periods_total'], idle: 0 },
    },
    {
      ...{ metrics: ['container_oom_events_total'], signal: 'oomKillPerH', entity: 'host' },
      ...{ where: { container: /./ }, mode: 'increase1h', combine: 'sum' },
    },
  ],
  ignore: [
    /^container_/,
    /^(kubelet|kubernetes|apiserver|rest_client|storage|volume_manager|workqueue|cadvisor)_/,
    /^(machine|pod|node)_(cpu|memory|swap|nvm|scrape|dimm)_/,
    /^(authentication|authorization|aggregator|get_token|plugin_manager|prober|csi)_/,
    /^(registered_metrics|hidden_metrics|disabled_metrics|cardinality_enforcement)/,
    'scrape_error',
  ],
};

/** From the queue to the binding. */
const LATENCY: Omit<MappingRow, 'metrics'> = {
  ...{ signal: 'schedulingP99S', entity: 'site', mode: 'increase1h', combine: 'p99' },
};

export const kubeScheduler: Mapping = {
  id: 'kube-scheduler',
  title: 'kube-scheduler',
  checkedAgainst: 'page of Kubernetes 1.35; names of the latency from memory',
  rows: [
    {
      ...{ metrics: ['scheduler_pending_pods'], signal: 'podsQueuedCount', entity: 'site' },
      ...{ where: { queue: ['active', 'backoff', 'unschedulable', 'gated'] }, combine: 'sum' },
    },
    { metrics: ['scheduler_pod_scheduling_sli_duration_seconds_bucket'], ...LATENCY },
    // Older, and beside the other in some releases: counts what waited for its gates too.
    { metrics: ['scheduler_pod_scheduling_duration_seconds_bucket'], ...LATENCY, standIn: true },
  ],
  ignore: [
    /^scheduler_/,
    /^(apiserver|authenticat(ed|ion)|authorization|aggregator|rest_client|workqueue)_/,
    /^(registered_metrics|hidden_metrics|disabled_metrics|cardinality_enforcement)/,
    /^(kubernetes_(build_info|feature_enabled)|version_info|leader_election_.*)$/,
    /^kube_pod_resource_(request|limit)$/,
  ],
};
