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
  ['NVIDIA H200 NVL', 'h200-nvl-141gb'],
  ['NVIDIA-H200-NVL', 'h200-nvl-141gb'],
  ['NVIDIA H20', 'h20-sxm5-96gb'],
  ['NVIDIA H20 96GB HBM3', 'h20-sxm5-96gb'],
  ['NVIDIA H20-3e', 'h20-3e-sxm5-141gb'],
  ['NVIDIA H800', 'h800-sxm5-80gb'],
  ['NVIDIA H800 PCIe', 'h800-pcie-80gb'],
  ['NVIDIA A800-SXM4-80GB', 'a800-sxm4-80gb'],
  ['NVIDIA A800 80GB PCIe', 'a800-pcie-80gb'],
  ['NVIDIA A800 40GB Active', undefined],
  ['NVIDIA B300 SXM6 AC', 'b300-sxm6-288gb'],
  ['HGX B300', 'b300-sxm6-288gb'],
  ['NVIDIA B100', 'b100-sxm-192gb'],
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
  ['NVIDIA L40', 'l40'],
  ['NVIDIA L40G', undefined],
  ['NVIDIA L20', 'l20'],
  ['NVIDIA L20X', undefined],
  ['NVIDIA L4', 'l4'],
  ['NVIDIA A10', 'a10'],
  ['NVIDIA A10G', 'a10g'],
  ['NVIDIA A2', 'a2'],
  ['NVIDIA A16', 'a16'],
  ['Tesla V100-SXM2-32GB', 'v100-sxm2-32gb'],
  ['V100-SXM2-16GB', 'v100-sxm2-16gb'],
  ['Tesla V100-SXM3-32GB', 'v100-sxm3-32gb'],
  ['Tesla V100-SXM3-32GB-H', undefined],
  ['Tesla V100-FHHL-16GB', undefined],
  ['Tesla V100S-PCIE-32GB', 'v100s-pcie-32gb'],
  ['Tesla P100-SXM2-16GB', 'p100-sxm2-16gb'],
  ['Tesla P100-PCIE-16GB', 'p100-pcie-16gb'],
  ['Tesla P100-PCIE-12GB', undefined],
  ['Tesla V100-PCIE-32GB', 'v100-pcie-32gb'],
  ['Tesla V100-PCIE-16GB', 'v100-pcie-16gb'],
  ['V100', 'v100-sxm2-32gb'],
  ['AMD Instinct MI300X', 'mi300x'],
  ['AMD Instinct MI300X OAM', 'mi300x'],
  ['AMD_Instinct_MI300X_OAM', 'mi300x'],
  ['Instinct MI300X', 'mi300x'],
  ['AMD Instinct MI325X', 'mi325x'],
  ['AMD_Instinct_MI325_OAM', 'mi325x'],
  ['AMD Instinct MI350X', 'mi350x'],
  ['AMD Instinct MI355X', 'mi355x'],
  ['AMD Instinct MI250X', 'mi250x'],
  ['AMD INSTINCT MI250 (MCM) OAM AC MBA', 'mi250'],
  ['AMD Instinct MI250X / MI250', 'mi250x'],
  ['Aldebaran/MI200 [Instinct MI250X/MI250]', 'mi250x'],
  ['AMD INSTINCT MI200 (', undefined],
  ['Instinct MI210', 'mi210'],
  ['Arcturus GL-XL [Instinct MI100]', 'mi100'],
  ['AMD Instinct MI300A', undefined],
  ['NVIDIA RTX 6000 Ada Generation', 'rtx-6000-ada'],
  ['NVIDIA RTX 6000 Ada Gene...', 'rtx-6000-ada'],
  ['Quadro RTX 6000', 'quadro-rtx-6000'],
  ['NVIDIA RTX A6000', 'rtx-a6000'],
  ['NVIDIA RTX PRO 6000 Blackwell Server Edition', 'rtx-pro-6000-blackwell-server'],
  ['NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition', undefined],
  ['NVIDIA GeForce RTX 4090', 'rtx-4090'],
  ['NVIDIA-GeForce-RTX-4090', 'rtx-4090'],
  ['NVIDIA GeForce RTX 4090 D', undefined],
  ['NVIDIA GeForce RTX 4090 Laptop GPU', undefined],
  ['NVIDIA GeForce RTX 3080', 'rtx-3080'],
  ['NVIDIA GeForce RTX 3080 Ti', undefined],
  ['NVIDIA GeForce RTX 2080 SUPER', 'rtx-2080-super'],
  ['NVIDIA RTX 4000 SFF Ada Generation', 'rtx-4000-sff-ada'],
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
