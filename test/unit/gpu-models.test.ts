/** GPUs that are not what the inventory says are counted and told. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { gpuModels, gpusByVerdict, modelRemark } from '../../server/identity/gpu-models.ts';
import { classById, modelVerdict } from '../../twin/index.ts';
import { liveHost, liveInventory, liveSite } from '../support/live-site.ts';

const H100 = classById('h100-sxm5-80gb');

test('a model agrees with its class, is another, or one that the catalogue lacks', () => {
  assert.equal(modelVerdict('NVIDIA H100 80GB HBM3', H100), 'agrees');
  assert.equal(modelVerdict('NVIDIA H100 80GB HBM3 MIG 1g.10gb', H100), 'agrees');
  assert.equal(modelVerdict('NVIDIA H800', H100), 'differs');
  assert.equal(modelVerdict('NVIDIA H100 PCIe', H100), 'differs');
  assert.equal(modelVerdict('NVIDIA X9000', H100), 'unknownModel');
  assert.equal(modelVerdict(undefined, H100), 'unreported');
  assert.equal(modelVerdict('NVIDIA H100 80GB HBM3', undefined), 'noClass');
});

test('a bare name fits every form of its model; own classes are taken at their word', () => {
  assert.equal(modelVerdict('A100', classById('a100-pcie-40gb')), 'agrees');
  assert.ok(H100);
  assert.equal(modelVerdict('NVIDIA X9000', { ...H100, id: 'x', title: 'X9000' }), 'ownClass');
  // it extends the catalogue's, whose title it keeps
  assert.equal(modelVerdict('NVIDIA H800', { ...H100, id: 'h100-capped' }), 'differs');
});

const page = (gpus: readonly string[]) =>
  gpus.map(
    (model, i) =>
      `DCGM_FI_DEV_GPU_TEMP{gpu="${i}",UUID="GPU-${i}",Hostname="n1",modelName="${model}"} 40`,
  );

test('what GPUs report stands beside the classes of the inventory, what needs a look first', () => {
  const bare = { ...liveHost(3), class: undefined, gpus: [{ id: 'n3-g' }] };
  const site = liveSite({}, liveInventory([liveHost(1), liveHost(2), bare]));
  const models = ['NVIDIA H100 80GB HBM3', 'NVIDIA H800', 'NVIDIA H800', 'NVIDIA X9000'];
  site.page(page(models), { job: 'dcgm', instance: '10.0.0.1:9400' });
  const found = gpuModels(site.live);
  assert.deepEqual(
    found.map(({ verdict, gpus, means }) => [verdict, gpus, means]),
    [
      ['differs', 2, 'h800-sxm5-80gb'],
      ['unknownModel', 1, null],
      ['noClass', 1, null],
      ['unreported', 12, null],
      ['agrees', 1, 'h100-sxm5-80gb'],
    ],
  );
  assert.deepEqual(found[0].examples, ['n1/gpu1', 'n1/gpu2']);
  assert.deepEqual(
    found.flatMap(model => modelRemark(model) ?? []),
    [
      '2 GPUs of class h100-sxm5-80gb report NVIDIA H800, which is h800-sxm5-80gb: ' +
        'figures are of h100-sxm5-80gb',
      'a GPU reports NVIDIA X9000, which no class means: figures are of h100-sxm5-80gb',
      'a GPU has no class: no figures, and nothing is placed there',
    ],
  );
  assert.deepEqual(gpusByVerdict(found), {
    ...{ differs: 2, unknownModel: 1, noClass: 1, ownClass: 0, unreported: 12, agrees: 1 },
  });
});
