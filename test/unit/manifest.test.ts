import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { findGpuClass } from '../../twin/place/gpu-class.ts';
import { CLASSES } from '../../twin/tables/classes.ts';
import { isWorkload, parseManifest } from '../../twin/whatif/manifest.ts';
import { parseWhatIf } from '../../twin/whatif/request.ts';

const container = (gpus: number | string, name = 'nvidia.com/gpu') => ({
  name: 'main',
  resources: { limits: { [name]: gpus } },
});
const template = (...containers: object[]) => ({ spec: { containers } });
const object = (apiVersion: string, kind: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name: 'train' },
  spec,
});

function gangOf(manifest: unknown) {
  const parsed = parseManifest(manifest);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value.place;
}

function problemOf(manifest: unknown) {
  const parsed = parseManifest(manifest);
  assert.ok(!parsed.ok, 'it was taken');
  return `${parsed.problems[0].path.join('.')}: ${parsed.problems[0].message}`;
}

test('every workload gives its pods and their GPUs', () => {
  const gpu8 = template(container('8'));
  const cases: [object, { count: number; gpus: number }[]][] = [
    [object('v1', 'Pod', gpu8.spec), [{ count: 1, gpus: 8 }]],
    [object('batch/v1', 'Job', { parallelism: 4, template: gpu8 }), [{ count: 4, gpus: 8 }]],
    [
      object('batch/v1', 'Job', { parallelism: 4, completions: 3, template: gpu8 }),
      [{ count: 3, gpus: 8 }],
    ],
    [object('apps/v1', 'Deployment', { replicas: 2, template: gpu8 }), [{ count: 2, gpus: 8 }]],
    [object('apps/v1', 'StatefulSet', { template: gpu8 }), [{ count: 1, gpus: 8 }]],
    [
      object('kubeflow.org/v1', 'PyTorchJob', {
        pytorchReplicaSpecs: {
          Master: { template: template(container(1)) },
          Worker: { replicas: 3, template: gpu8 },
        },
      }),
      [
        { count: 1, gpus: 1 },
        { count: 3, gpus: 8 },
      ],
    ],
    [
      object('batch.volcano.sh/v1alpha1', 'Job', {
        tasks: [
          { replicas: 1, template: template({ name: 'launcher' }) },
          { replicas: 2, template: gpu8 },
        ],
      }),
      [{ count: 2, gpus: 8 }],
    ],
    [
      object('jobset.x-k8s.io/v1alpha2', 'JobSet', {
        replicatedJobs: [{ replicas: 2, template: { spec: { parallelism: 4, template: gpu8 } } }],
      }),
      [{ count: 8, gpus: 8 }],
    ],
    [
      object('leaderworkerset.x-k8s.io/v1', 'LeaderWorkerSet', {
        replicas: 2,
        leaderWorkerTemplate: { size: 4, workerTemplate: gpu8 },
      }),
      [
        { count: 2, gpus: 8 },
        { count: 6, gpus: 8 },
      ],
    ],
    [
      object('ray.io/v1', 'RayCluster', {
        headGroupSpec: { template: template({ name: 'head' }) },
        workerGroupSpecs: [{ replicas: 5, template: gpu8 }],
      }),
      [{ count: 5, gpus: 8 }],
    ],
  ];
  for (const [manifest, pods] of cases) {
    const place = gangOf(manifest);
    assert.deepEqual(place.pods, pods, JSON.stringify(manifest));
    assert.equal(
      place.gpus,
      pods.reduce((sum, pod) => sum + pod.count * pod.gpus, 0),
    );
    assert.equal(place.name, 'train');
    assert.equal(place.vendor, 'nvidia');
  }
});

test('containers of a pod add up; init containers run before them, sidecars beside them', () => {
  const spec = {
    containers: [container(2), container(1)],
    initContainers: [container(4), { ...container(1), restartPolicy: 'Always' }],
  };
  assert.equal(gangOf(object('v1', 'Pod', spec)).gpus, 4);
  const large = { ...spec, initContainers: [container(6)] };
  assert.equal(gangOf(object('v1', 'Pod', large)).gpus, 6);
});

test('the product is read from the selector or a required affinity; other terms are noted', () => {
  const spec = {
    containers: [container(8)],
    nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3', zone: 'a' },
  };
  const parsed = parseManifest(object('v1', 'Pod', spec));
  assert.ok(parsed.ok);
  assert.equal(parsed.value.place.gpuClass, 'NVIDIA-H100-80GB-HBM3');
  assert.deepEqual(parsed.value.notes, ['spec.nodeSelector.zone is not judged']);
  const term = { key: 'nvidia.com/gpu.product', operator: 'In', values: ['NVIDIA-L40S'] };
  const affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [term] }],
      },
    },
  };
  const affine = object('v1', 'Pod', { containers: [container(1)], affinity });
  assert.equal(gangOf(affine).gpuClass, 'NVIDIA-L40S');
});

test('product labels and titles find their class, and nothing else does', () => {
  const idOf = (text: string) => CLASSES[findGpuClass(text, CLASSES)]?.id;
  assert.equal(idOf('NVIDIA-H100-80GB-HBM3'), 'h100-sxm5-80gb');
  assert.equal(idOf('NVIDIA-A100-SXM4-80GB'), 'a100-sxm4-80gb');
  assert.equal(idOf('NVIDIA-A100-SXM4-80GB-SHARED'), 'a100-sxm4-80gb');
  assert.equal(idOf('NVIDIA-GB200'), 'gb200');
  assert.equal(idOf('AMD_Instinct_MI300X_OAM'), 'mi300x');
  assert.equal(idOf('h200-sxm5-141gb'), 'h200-sxm5-141gb');
  assert.equal(idOf('NVIDIA-H200-NVL'), 'h200-nvl-141gb');
  assert.equal(idOf('NVIDIA-H20-SHARED'), 'h20-sxm5-96gb');
  assert.equal(idOf('AMD_Instinct_MI325_OAM'), 'mi325x');
  assert.equal(idOf('NVIDIA-H100-PCIe-40GB'), undefined);
  assert.equal(idOf('dgx-h100'), undefined);
});

test('what is not supported is said with its field', () => {
  const pod = (resources: object) => object('v1', 'Pod', { containers: [{ resources }] });
  const cases: [unknown, RegExp][] = [
    [object('apps/v1', 'DaemonSet', {}), /^kind: .*every host/],
    [object('trainer.kubeflow.org/v1alpha1', 'TrainJob', {}), /^kind: .*runtime/],
    [pod({ limits: { cpu: 1 } }), /^spec: no pod of it asks/],
    [pod({ limits: { 'nvidia.com/gpu': '1500m' } }), /limits\.nvidia\.com\/gpu: '1500m'/],
    [
      pod({ limits: { 'nvidia.com/gpu': 2 }, requests: { 'nvidia.com/gpu': 1 } }),
      /^spec\.containers\.0\.resources\.requests.*must equal/,
    ],
    [pod({ limits: { 'nvidia.com/mig-1g.10gb': 1 } }), /mig-1g\.10gb: parts of a GPU/],
    [pod({ limits: { 'nvidia.com/gpu': 1, 'amd.com/gpu': 1 } }), /two vendors/],
    [object('batch/v1', 'Job', { parallelism: -1 }), /^spec\.parallelism: '-1'/],
    [object('batch/v1', 'Job', {}), /^spec\.template\.spec: the pod template is missing/],
    [{ kind: 'Pod' }, /no apiVersion and kind/],
  ];
  for (const [manifest, message] of cases) assert.match(problemOf(manifest), message);
});

test('a what-if document is checked, and its changes come in order', () => {
  const parsed = parseWhatIf({
    kind: 'WhatIf',
    place: { gpus: 8 },
    fail: { entity: 'ups-1' },
    drain: { host: 'n1' },
  });
  assert.ok(parsed.ok);
  assert.deepEqual(
    parsed.value.changes.map(change => Object.keys(change)[0]),
    ['fail', 'drain', 'place'],
  );
  const bad: [unknown, RegExp][] = [
    [{ kind: 'WhatIf' }, /give `place`, `drain`, `fail`, `setpoint` or `cap`/],
    [{ kind: 'WhatIf', place: { gpus: 0 } }, /place\.gpus/],
    [{ kind: 'WhatIf', place: { gpus: 9, perHost: 8 } }, /place\.perHost: gpus must be a multiple/],
    [
      { kind: 'WhatIf', place: { gpus: 8, host: 'x' } },
      /place.host: not a field of this; there are name, gpus/,
    ],
    [{ kind: 'WhatIf', place: { gpus: 8 }, changes: [{ place: { gpus: 8 } }] }, /not both/],
    [{ kind: 'Inventory' }, /kind/],
    ['text', /object/],
  ];
  for (const [document, message] of bad) {
    const result = parseWhatIf(document);
    assert.ok(!result.ok, JSON.stringify(document));
    const text = result.problems.map(p => `${p.path.join('.')}: ${p.message}`).join('\n');
    assert.match(text, message);
  }
});

test('a list of objects gives a gang for each workload and names what is left out', () => {
  const parsed = parseWhatIf([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } },
    object('apps/v1', 'Deployment', { replicas: 2, template: template(container(4)) }),
  ]);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.changes.length, 1);
  assert.deepEqual(parsed.value.notes, ['document 1 is no workload and was left out']);
});

const REAL = fileURLToPath(new URL('../../../shared/data/manifests', import.meta.url));

test('public manifests: those with GPUs are read, and no workload breaks the reader', t => {
  if (!existsSync(REAL)) {
    t.skip('the shared manifests are not here');
    return;
  }
  const gangs = new Map<string, number>();
  let workloads = 0;
  for (const file of readdirSync(REAL, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.yaml')) continue;
    const text = readFileSync(`${REAL}/${file}`, 'utf8');
    for (const document of parseAllDocuments(text)) {
      const value: unknown = document.toJS();
      if (!isWorkload(value)) continue;
      workloads++;
      const parsed = parseManifest(value);
      if (parsed.ok) gangs.set(file, parsed.value.place.gpus);
      else assert.ok(parsed.problems[0].message.length > 10);
    }
  }
  assert.ok(workloads >= 20, `${workloads} workloads`);
  assert.deepEqual(Object.fromEntries(gangs), {
    'kueue/provisioning/sample-job.yaml': 3,
    'volcano/MindSpore-example__mindspore_gpu__mindspore-gpu.yaml': 2,
  });
});
