/** Accelerators that are not GPUs: NPU, DPU, FPGA and a CXL memory pool. */
import type { Figures, HardwareClass } from '../catalogue.ts';
import { computed, recalled } from './figure.ts';

const accelerator = (
  id: string,
  title: string,
  type: 'npu' | 'dpu' | 'fpga' | 'cxlPool',
  figures: Figures,
): HardwareClass => ({ id, kind: 'accelerator', title, figures, traits: { type } });

const SHEET = 'Data sheet of the maker';

export const ACCELERATOR_CLASSES: readonly HardwareClass[] = [
  accelerator('npu-ascend-910b', 'Huawei Ascend 910B', 'npu', {
    powerIdleW: recalled(90, 'Reports of users'),
    powerMaxW: recalled(400, SHEET),
    memBytes: recalled(64 * 2 ** 30, SHEET),
    memBytesPerS: recalled(1.6e12, SHEET),
    peakFlops: recalled(313e12, 'fp16, reports'),
  }),
  accelerator('npu-gaudi-3', 'Intel Gaudi 3', 'npu', {
    powerIdleW: recalled(150, 'Reports of users'),
    powerMaxW: recalled(900, SHEET),
    memBytes: recalled(128 * 2 ** 30, SHEET),
    memBytesPerS: recalled(3.7e12, SHEET),
    peakFlops: recalled(1835e12, SHEET),
  }),
  accelerator('dpu-bluefield-3', 'NVIDIA BlueField-3', 'dpu', {
    powerIdleW: recalled(45, 'Reports of users'),
    powerMaxW: recalled(150, SHEET),
    memBytes: recalled(32 * 2 ** 30, SHEET),
    linkMaxBytesPerS: computed(50e9, '400 Gbit/s, per direction'),
  }),
  accelerator('fpga-alveo-u250', 'AMD Alveo U250', 'fpga', {
    powerIdleW: recalled(30, 'Reports of users'),
    powerMaxW: recalled(225, SHEET),
    memBytes: recalled(64 * 2 ** 30, SHEET),
    memBytesPerS: recalled(77e9, SHEET),
  }),
  accelerator('cxl-pool-4tb', 'CXL memory pool, 4 TiB', 'cxlPool', {
    powerIdleW: recalled(150, 'DIMMs take 3-10 W each'),
    powerMaxW: recalled(500, 'DIMMs take 3-10 W each'),
    memBytes: computed(4 * 2 ** 40, 'Sixty-four DIMMs of 64 GiB'),
    linkMaxBytesPerS: recalled(63e9, 'PCIe 5.0 x16 a host, per direction'),
  }),
];
