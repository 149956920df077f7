/** Names that tools print lead to one class, or to none. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { CLASSES } from '../../twin/tables/classes.ts';
import { gpuClassNamed, knownGpuNames } from '../../twin/tables/gpu-names.ts';

const MEANT: readonly (readonly [name: string, id: string | undefined])[] = [
  ['A100-SXM4-80GB', 'a100-sxm4-80gb'],
  ['NVIDIA A100-SXM4-80GB', 'a100-sxm4-80gb'],
  ['A100-SXM', 'a100-sxm4-80gb'],
  ['NVIDIA A100-SXM4-40GB', 'a100-sxm4-40gb'],
  ['NVIDIA A100 80GB PCIe', 'a100-pcie-80gb'],
  ['NVIDIA A100-PCIE-40GB', 'a100-pcie-40gb'],
  ['NVIDIA A100-SXM4-80GB MIG 1g.10gb', 'a100-sxm4-80gb'],
  ['H100-SXM5-80GB', 'h100-sxm5-80gb'],
  ['NVIDIA H100 80GB HBM3', 'h100-sxm5-80gb'],
  ['H100-SXM', 'h100-sxm5-80gb'],
  ['h100 sxm5 80 GB', 'h100-sxm5-80gb'],
  ['NVIDIA H100 PCIe', 'h100-pcie-80gb'],
  ['NVIDIA H100 PCIe 40GB', undefined],
  ['NVIDIA H100 NVL', 'h100-nvl-94gb'],
  ['NVIDIA GH200 480GB', 'gh200'],
  ['NVIDIA A40', 'a40'],
  ['Tesla T4', 't4'],
  ['NVIDIA H200', 'h200-sxm5-141gb'],
  ['H200-SXM', 'h200-sxm5-141gb'],
  ['H200 SXM5 141GB', 'h200-sxm5-141gb'],
  ['NVIDIA H200 NVL', undefined],
  ['NVIDIA B200', 'b200-sxm-180gb'],
  ['B200-SXM-192GB', 'b200-sxm-180gb'],
  ['NVIDIA GB200', 'gb200'],
  ['NVIDIA GB300', 'gb300'],
  ['GB200 NVL72', 'gb200'],
  ['GB300-NVL72', 'gb300'],
  ['HGX B200', 'b200-sxm-180gb'],
  ['HGX H100 8-GPU', 'h100-sxm5-80gb'],
  ['L40S', 'l40s'],
  ['NVIDIA L40S', 'l40s'],
  ['NVIDIA L40', undefined],
  ['NVIDIA L4', 'l4'],
  ['NVIDIA A10', 'a10'],
  ['NVIDIA A10G', undefined],
  ['Tesla V100-SXM2-32GB', 'v100-sxm2-32gb'],
  ['V100-SXM2-16GB', 'v100-sxm2-16gb'],
  ['V100-SXM3-32GB', undefined],
  ['Tesla V100-PCIE-32GB', 'v100-pcie-32gb'],
  ['Tesla V100-PCIE-16GB', 'v100-pcie-16gb'],
  ['V100', 'v100-sxm2-32gb'],
  ['AMD Instinct MI300X', 'mi300x'],
  ['AMD Instinct MI300X OAM', 'mi300x'],
  ['NVIDIA GeForce RTX 4090', undefined],
  ['NVIDIA', undefined],
  ['', undefined],
];

for (const [name, id] of MEANT) {
  test(`${name || 'an empty name'} is ${id ?? 'no class'}`, () => {
    assert.equal(gpuClassNamed(name)?.id, id);
  });
}

test('every GPU class is found by its id and by its title', () => {
  const gpus = CLASSES.filter(row => row.kind === 'gpu');
  assert.deepEqual(
    knownGpuNames,
    gpus.map(row => row.id),
  );
  for (const row of gpus) {
    assert.equal(gpuClassNamed(row.id)?.id, row.id);
    assert.equal(gpuClassNamed(row.title)?.id, row.id);
  }
});
