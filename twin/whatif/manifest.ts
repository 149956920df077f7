/** Kubernetes workloads as gangs: which pods they make, and how many GPUs each asks for. */
import { z } from 'zod';
import type { Parsed } from '../topology/problem.ts';
import { gpusOfPod, isObject, type Json, ManifestError, type Path, type PodGpus } from './pod.ts';
import type { PlaceSpec } from './request.ts';

export interface ManifestGang {
  readonly place: PlaceSpec;
  /** What the manifest asks for beside GPUs that is not judged. */
  readonly notes: readonly string[];
}

/** Pods that a workload makes from one template. */
interface Template {
  readonly path: Path;
  readonly count: number;
  /** A pod: `{metadata?, spec}`. */
  readonly pod: unknown;
}

const objectAt = (value: unknown, key: string): Json => {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
};
const listAt = (value: unknown, key: string): readonly unknown[] => {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found : [];
};

function countAt(value: unknown, key: string, fallback: number, path: Path): number {
  const found = isObject(value) ? value[key] : undefined;
  if (found === undefined || found === null) return fallback;
  if (typeof found === 'number' && Number.isInteger(found) && found >= 0) return found;
  throw new ManifestError([...path, key], `'${String(found)}' is no count of pods`);
}

type Reader = (spec: Json, path: Path) => Template[];

const templateOf = (spec: unknown, path: Path, count: number): Template => ({
  path: [...path, 'template'],
  count,
  pod: isObject(spec) ? spec.template : undefined,
});

const readReplicas: Reader = (spec, path) => [
  templateOf(spec, path, countAt(spec, 'replicas', 1, path)),
];

/** No more pods at once than are left to complete. */
const readJob: Reader = (spec, path) => {
  const parallelism = countAt(spec, 'parallelism', 1, path);
  const completions = countAt(spec, 'completions', parallelism, path);
  return [templateOf(spec, path, Math.min(parallelism, completions))];
};

/** Kubeflow jobs: roles under `pytorchReplicaSpecs`, `tfReplicaSpecs` and so on. */
const readRoles: Reader = (spec, path) =>
  Object.entries(spec)
    .filter(([key]) => key.endsWith('ReplicaSpecs'))
    .flatMap(([key, roles]) =>
      Object.entries(isObject(roles) ? roles : {}).flatMap(([role, body]) =>
        readReplicas(isObject(body) ? body : {}, [...path, key, role]),
      ),
    );

const readVolcano: Reader = (spec, path) =>
  listAt(spec, 'tasks').flatMap((task, i) =>
    readReplicas(isObject(task) ? task : {}, [...path, 'tasks', i]),
  );

const readJobSet: Reader = (spec, path) =>
  listAt(spec, 'replicatedJobs').flatMap((job, i) => {
    const at = [...path, 'replicatedJobs', i];
    const replicas = countAt(job, 'replicas', 1, at);
    const inner = objectAt(objectAt(job, 'template'), 'spec');
    return readJob(inner, [...at, 'template', 'spec']).map(template => ({
      ...template,
      count: template.count * replicas,
    }));
  });

/** Each replica is a leader and `size - 1` workers. */
const readLeaderWorkers: Reader = (spec, path) => {
  const at = [...path, 'leaderWorkerTemplate'];
  const body = objectAt(spec, 'leaderWorkerTemplate');
  const replicas = countAt(spec, 'replicas', 1, path);
  const size = countAt(body, 'size', 1, at);
  const leader = body.leaderTemplate === undefined ? 'workerTemplate' : 'leaderTemplate';
  return [
    { path: [...at, leader], count: replicas, pod: body[leader] },
    {
      path: [...at, 'workerTemplate'],
      count: replicas * Math.max(0, size - 1),
      pod: body.workerTemplate,
    },
  ];
};

const readRayCluster: Reader = (spec, path) => [
  templateOf(objectAt(spec, 'headGroupSpec'), [...path, 'headGroupSpec'], 1),
  ...listAt(spec, 'workerGroupSpecs').flatMap((group, i) =>
    readReplicas(isObject(group) ? group : {}, [...path, 'workerGroupSpecs', i]),
  ),
];

/** By kind and API group (without version); the group tells a Volcano Job from a plain one. */
const READERS: Readonly<Record<string, Reader>> = {
  'batch/Job': readJob,
  'batch/CronJob': (spec, path) =>
    readJob(objectAt(objectAt(spec, 'jobTemplate'), 'spec'), [...path, 'jobTemplate', 'spec']),
  'apps/Deployment': readReplicas,
  'apps/StatefulSet': readReplicas,
  'apps/ReplicaSet': readReplicas,
  'batch.volcano.sh/Job': readVolcano,
  'jobset.x-k8s.io/JobSet': readJobSet,
  'leaderworkerset.x-k8s.io/LeaderWorkerSet': readLeaderWorkers,
  'ray.io/RayCluster': readRayCluster,
  'ray.io/RayJob': (spec, path) =>
    readRayCluster(objectAt(spec, 'rayClusterSpec'), [...path, 'rayClusterSpec']),
  ...Object.fromEntries(
    ['PyTorchJob', 'TFJob', 'MPIJob', 'XGBoostJob', 'PaddleJob', 'JAXJob', 'MXJob'].map(kind => [
      `kubeflow.org/${kind}`,
      readRoles,
    ]),
  ),
};

/** Workloads that are known, but whose pods are not in the manifest, or are one for each host. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  'apps/DaemonSet': 'a DaemonSet runs on every host, so there is nothing to place',
  'trainer.kubeflow.org/TrainJob': 'the pods of a TrainJob are in its runtime: give the JobSet',
  'resource.k8s.io/ResourceClaim': 'resource claims are not supported yet: ask for nvidia.com/gpu',
};

const head = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), generateName: z.string() }).partial().optional(),
});

function typeOf(object: unknown): string | undefined {
  const parsed = head.safeParse(object);
  if (!parsed.success) return undefined;
  const { apiVersion, kind } = parsed.data;
  return apiVersion === 'v1' ? `v1/${kind}` : `${apiVersion.replace(/\/[^/]*$/, '')}/${kind}`;
}

/** Whether an object is a Kubernetes workload, supported or not. */
export function isWorkload(object: unknown): boolean {
  const type = typeOf(object);
  if (type === undefined) return false;
  return type === 'v1/Pod' || Object.hasOwn(READERS, type) || Object.hasOwn(UNSUPPORTED, type);
}

/** @returns the gang, or what of the manifest is not supported, each with its field. */
export function parseManifest(object: unknown): Parsed<ManifestGang> {
  try {
    return { ok: true, value: gangOf(object) };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return { ok: false, problems: [{ path: error.path, message: error.message }] };
  }
}

function gangOf(object: unknown): ManifestGang {
  const notes: string[] = [];
  const pods = templatesOf(object)
    .filter(template => template.count > 0)
    .map(({ path, pod, count }) => ({ ...gpusOfPod(pod, path, notes), count, path }))
    .filter(pod => pod.gpus > 0);
  if (pods.length === 0) {
    throw new ManifestError(['spec'], 'no pod of it asks for nvidia.com/gpu or amd.com/gpu');
  }
  const gpuClass = onlyOne(pods, pod => pod.gpuClass, 'GPU product');
  const vendor = onlyOne(pods, pod => pod.vendor, 'vendor of GPUs');
  const { metadata } = head.parse(object);
  const name = metadata?.name ?? metadata?.generateName;
  return {
    place: {
      ...(name ? { name } : {}),
      gpus: pods.reduce((sum, pod) => sum + pod.count * pod.gpus, 0),
      pods: pods.map(({ count, gpus }) => ({ count, gpus })),
      ...(gpuClass ? { gpuClass } : {}),
      ...(vendor ? { vendor } : {}),
    },
    notes: [...new Set(notes)],
  };
}

function templatesOf(object: unknown): Template[] {
  const type = typeOf(object);
  if (type === undefined) throw new ManifestError([], 'no apiVersion and kind: no manifest');
  if (type === 'v1/Pod') return [{ path: [], count: 1, pod: object }];
  const reader = READERS[type];
  if (!reader) {
    throw new ManifestError(['kind'], UNSUPPORTED[type] ?? `'${type}' is not supported`);
  }
  return reader(objectAt(object, 'spec'), ['spec']);
}

type Pod = PodGpus & { readonly path: Path };

function onlyOne<T>(pods: readonly Pod[], pick: (pod: Pod) => T | undefined, what: string) {
  const first = pods.map(pick).find(value => value !== undefined);
  for (const pod of pods) {
    const value = pick(pod);
    if (value === undefined || value === first) continue;
    throw new ManifestError(pod.path, `one gang has one ${what}: '${value}' is not '${first}'`);
  }
  return first;
}
