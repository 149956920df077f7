/**
 * GPU classes of earlier generations, of smaller cards and of other forms; conventions as in
 * `gpus.ts`.
 * `peakFlops` of V100 is dense fp16 on tensor cores, of P100 fp16: they have no bf16.
 */
import type { Figures, HardwareClass } from '../catalogue.ts';
import { computed, recalled, seen } from './figure.ts';

const SMI = 'nvidia-smi -q of the card, published';
const LISTED = 'nvidia-smi of the card, in public logs';
const SHEET = 'NVIDIA data sheet';
const MIB = 2 ** 20;

const nvlink = (count: number, linkBytesPerS: number, printed: number): Figures => ({
  nvlinkCount: recalled(count, SHEET),
  nvlinkBytesPerS: computed(count * linkBytesPerS, `${count} links, per direction (${SHEET})`),
  linkMaxBytesPerS: recalled(printed, 'Signalling rate of the link generation'),
});

const temperatures = (maxOpTempC: number, slowdownTempC: number, shutdownTempC: number) => ({
  maxOpTempC: seen(maxOpTempC, SMI),
  slowdownTempC: seen(slowdownTempC, SMI),
  shutdownTempC: seen(shutdownTempC, SMI),
});

const VOLTA: Figures = {
  ...temperatures(83, 87, 90),
  memMaxTempC: seen(85, SMI),
  memBytesPerS: recalled(900e9, SHEET),
  smCount: recalled(80, SHEET),
};

const VOLTA_PCIE: Figures = {
  ...VOLTA,
  powerIdleW: seen(25, SMI),
  powerMaxW: seen(250, SMI),
  powerMinCapW: seen(100, SMI),
  ...nvlink(0, 0, 0),
  peakFlops: recalled(112e12, SHEET),
  smMaxClockHz: recalled(1.38e9, SHEET),
};

const VOLTA_SXM: Figures = {
  ...VOLTA,
  powerIdleW: seen(44, SMI),
  powerMaxW: seen(300, SMI),
  powerMinCapW: seen(150, SMI),
  ...nvlink(6, 25e9, 25.781e9),
  peakFlops: recalled(125e12, SHEET),
  smMaxClockHz: recalled(1.53e9, SHEET),
};

const PASCAL: Figures = {
  memBytes: seen(16_384 * MIB, LISTED),
  memBytesPerS: seen(732e9, 'cudaDeviceProp of the card, in public logs'),
  smCount: seen(56, 'clinfo of the card, in public logs'),
};

const AMPERE: Figures = {
  ...temperatures(85, 89, 92),
  memMaxTempC: seen(95, SMI),
  peakFlops: recalled(312e12, SHEET),
  smCount: recalled(108, SHEET),
  smMaxClockHz: seen(1.41e9, SMI),
};

/** Margins of other Hopper cards; their temperatures are not printed. */
const HOPPER: Figures = {
  slowdownMarginK: seen(-2, `Slowdown T.Limit, ${SMI}`),
  shutdownMarginK: seen(-8, `Shutdown T.Limit, ${SMI}`),
  smCount: recalled(132, SHEET),
};

const gpu = (id: string, title: string, figures: Figures): HardwareClass => ({
  id,
  kind: 'gpu',
  title,
  figures,
});

export const EARLIER_GPU_CLASSES: readonly HardwareClass[] = [
  gpu('v100-sxm2-32gb', 'NVIDIA V100-SXM2-32GB', {
    ...VOLTA_SXM,
    memBytes: recalled(32_768 * MIB, SHEET),
  }),
  gpu('v100-sxm2-16gb', 'NVIDIA V100-SXM2-16GB', {
    ...VOLTA_SXM,
    memBytes: recalled(16_384 * MIB, SHEET),
  }),
  gpu('v100-pcie-32gb', 'NVIDIA V100-PCIE-32GB', {
    ...VOLTA_PCIE,
    memBytes: recalled(32_768 * MIB, SHEET),
  }),
  gpu('v100-pcie-16gb', 'NVIDIA V100-PCIE-16GB', {
    ...VOLTA_PCIE,
    memBytes: recalled(16_384 * MIB, SHEET),
  }),
  gpu('v100-sxm3-32gb', 'NVIDIA V100-SXM3-32GB', {
    ...VOLTA_SXM,
    powerIdleW: seen(52, `${LISTED}: 52-61 W`),
    powerMaxW: seen(350, LISTED),
    powerMinCapW: recalled(150, 'As the card of 300 W'),
    memBytes: seen(32_768 * MIB, LISTED),
    memBytesPerS: seen(981e9, 'cudaDeviceProp of the card, in public logs'),
    smMaxClockHz: recalled(1.597e9, 'nvidia-smi, reports of users'),
  }),
  gpu('v100s-pcie-32gb', 'NVIDIA V100S-PCIE-32GB', {
    ...VOLTA_PCIE,
    powerIdleW: seen(25, LISTED),
    memBytes: seen(32_768 * MIB, LISTED),
    memBytesPerS: recalled(1.134e12, SHEET),
    peakFlops: recalled(130e12, SHEET),
    smMaxClockHz: recalled(1.597e9, 'nvidia-smi, reports of users'),
  }),
  gpu('p100-sxm2-16gb', 'NVIDIA P100-SXM2-16GB', {
    ...PASCAL,
    powerIdleW: recalled(35, 'nvidia-smi, reports of users; 50 W with memory taken'),
    powerMaxW: seen(300, LISTED),
    ...nvlink(4, 20e9, 20e9),
    peakFlops: recalled(21.2e12, SHEET),
    smMaxClockHz: recalled(1.48e9, SHEET),
  }),
  gpu('p100-pcie-16gb', 'NVIDIA P100-PCIE-16GB', {
    ...PASCAL,
    powerIdleW: seen(25, `${LISTED}: 24-27 W`),
    powerMaxW: seen(250, LISTED),
    ...nvlink(0, 0, 0),
    peakFlops: recalled(18.7e12, SHEET),
    smMaxClockHz: recalled(1.329e9, SHEET),
  }),
  gpu('a100-sxm4-40gb', 'NVIDIA A100-SXM4-40GB', {
    ...AMPERE,
    powerIdleW: seen(52, SMI),
    powerMaxW: seen(400, SMI),
    powerMinCapW: seen(100, SMI),
    memBytes: seen(40_960 * MIB, SMI),
    memBytesPerS: recalled(1.555e12, SHEET),
    ...nvlink(12, 25e9, 25.781e9),
  }),
  gpu('a100-pcie-80gb', 'NVIDIA A100 80GB PCIe', {
    ...AMPERE,
    powerIdleW: seen(65, `${SMI}, clocks held up`),
    powerMaxW: seen(300, SMI),
    powerMinCapW: seen(150, SMI),
    memBytes: recalled(81_920 * MIB, SHEET),
    memBytesPerS: recalled(1.935e12, SHEET),
    ...nvlink(0, 0, 0),
  }),
  gpu('a100-pcie-40gb', 'NVIDIA A100-PCIE-40GB', {
    ...AMPERE,
    powerIdleW: recalled(35, 'nvidia-smi, reports of users'),
    powerMaxW: recalled(250, SHEET),
    powerMinCapW: recalled(150, 'As the card of 80 GB'),
    memBytes: recalled(40_960 * MIB, SHEET),
    memBytesPerS: recalled(1.555e12, SHEET),
    ...nvlink(0, 0, 0),
  }),
  gpu('a10', 'NVIDIA A10', {
    ...temperatures(91, 98, 101),
    powerIdleW: seen(16, SMI),
    powerReadyW: seen(56, `${LISTED}: 53-58 W`),
    powerMaxW: seen(150, SMI),
    powerMinCapW: seen(100, SMI),
    memBytes: recalled(24_576 * MIB, SHEET),
    memBytesPerS: recalled(600e9, SHEET),
    ...nvlink(0, 0, 0),
    peakFlops: recalled(125e12, SHEET),
    smCount: recalled(72, SHEET),
    smMaxClockHz: seen(1.695e9, SMI),
  }),
  gpu('l4', 'NVIDIA L4', {
    slowdownMarginK: seen(-2, `Slowdown T.Limit, ${SMI}`),
    shutdownMarginK: seen(-5, `Shutdown T.Limit, ${SMI}`),
    powerIdleW: seen(16, SMI),
    powerReadyW: seen(32, `${LISTED}: 28-36 W`),
    powerMaxW: seen(72, SMI),
    powerMinCapW: seen(40, SMI),
    memBytes: recalled(24_576 * MIB, SHEET),
    memBytesPerS: recalled(300e9, SHEET),
    ...nvlink(0, 0, 0),
    peakFlops: recalled(121e12, SHEET),
    smCount: recalled(58, SHEET),
    smMaxClockHz: seen(2.04e9, SMI),
  }),
  gpu('a30', 'NVIDIA A30', {
    ...temperatures(90, 97, 100),
    powerIdleW: seen(27, SMI),
    powerMaxW: seen(165, SMI),
    powerMinCapW: seen(100, SMI),
    memMaxTempC: seen(95, SMI),
    memBytes: recalled(24_576 * MIB, SHEET),
    memBytesPerS: recalled(933e9, SHEET),
    ...nvlink(4, 25e9, 25e9),
    peakFlops: recalled(165e12, SHEET),
    smCount: recalled(56, SHEET),
    smMaxClockHz: seen(1.44e9, SMI),
  }),
  gpu('rtx-a6000', 'NVIDIA RTX A6000', {
    ...temperatures(93, 95, 98),
    powerIdleW: seen(25, SMI),
    powerReadyW: seen(71, `${LISTED}, P2`),
    powerMaxW: seen(300, SMI),
    powerMinCapW: seen(100, SMI),
    memBytes: seen(46_068 * MIB, SMI),
    memBytesPerS: recalled(768e9, SHEET),
    ...nvlink(4, 14.0625e9, 14.0625e9),
    peakFlops: recalled(154.8e12, SHEET),
    smCount: recalled(84, SHEET),
    smMaxClockHz: seen(2.1e9, SMI),
  }),
  gpu('a40', 'NVIDIA A40', {
    ...temperatures(88, 95, 98),
    powerIdleW: seen(24, SMI),
    powerReadyW: seen(78, `${LISTED}: 71-88 W`),
    powerMaxW: seen(300, SMI),
    powerMinCapW: seen(100, SMI),
    memBytes: seen(46_068 * MIB, SMI),
    memBytesPerS: recalled(696e9, SHEET),
    ...nvlink(4, 14.0625e9, 14.0625e9),
    peakFlops: recalled(149.7e12, SHEET),
    smCount: recalled(84, SHEET),
    smMaxClockHz: seen(1.74e9, SMI),
  }),
  gpu('t4', 'NVIDIA T4', {
    ...temperatures(85, 93, 96),
    powerIdleW: seen(14, SMI),
    powerReadyW: seen(30, `${LISTED}: 27-34 W`),
    powerMaxW: seen(70, SMI),
    powerMinCapW: seen(60, SMI),
    memBytes: seen(15_360 * MIB, SMI),
    memBytesPerS: recalled(320e9, SHEET),
    ...nvlink(0, 0, 0),
    peakFlops: recalled(65e12, `${SHEET}; fp16`),
    smCount: recalled(40, SHEET),
    smMaxClockHz: seen(1.59e9, SMI),
  }),
  gpu('h100-pcie-80gb', 'NVIDIA H100 PCIe', {
    ...HOPPER,
    shutdownMarginK: recalled(-5, 'nvidia-smi, reports of users; -8 on some drivers'),
    smCount: recalled(114, SHEET),
    powerIdleW: recalled(48, 'nvidia-smi, reports of users'),
    powerMaxW: recalled(350, SHEET),
    powerMinCapW: recalled(200, 'nvidia-smi, reports of users'),
    memBytes: recalled(81_559 * MIB, 'nvidia-smi, reports of users'),
    memBytesPerS: recalled(2.039e12, SHEET),
    ...nvlink(0, 0, 0),
    peakFlops: recalled(756e12, SHEET),
    smMaxClockHz: recalled(1.755e9, SHEET),
  }),
  gpu('h100-nvl-94gb', 'NVIDIA H100 NVL', {
    ...HOPPER,
    powerIdleW: seen(62, SMI),
    powerMaxW: seen(400, `${SMI}; 310 W by default`),
    powerMinCapW: seen(200, SMI),
    memBytes: seen(95_830 * MIB, SMI),
    memBytesPerS: recalled(3.9e12, SHEET),
    ...nvlink(12, 25e9, 26.562e9),
    peakFlops: recalled(835e12, SHEET),
    smMaxClockHz: seen(1.785e9, SMI),
  }),
  gpu('h200-nvl-141gb', 'NVIDIA H200 NVL', {
    ...HOPPER,
    powerIdleW: seen(70, `${LISTED}: 69-78 W`),
    powerMaxW: seen(600, LISTED),
    powerMinCapW: recalled(200, 'As H100 NVL'),
    memBytes: seen(143_771 * MIB, LISTED),
    memBytesPerS: seen(4.8e12, `${SHEET}: as H200 SXM`),
    ...nvlink(18, 25e9, 26.562e9),
    peakFlops: recalled(835.5e12, `${SHEET}: 1,671 sparse, half of it dense`),
    smMaxClockHz: recalled(1.785e9, 'As H100 NVL'),
  }),
  gpu('gh200', 'NVIDIA GH200 (GPU of the superchip)', {
    ...HOPPER,
    powerIdleW: seen(88, SMI),
    powerMaxW: seen(900, SMI),
    powerMinCapW: seen(100, SMI),
    memBytes: recalled(97_871 * MIB, 'nvidia-smi, reports of users'),
    memBytesPerS: recalled(4e12, SHEET),
    ...nvlink(18, 25e9, 26.562e9),
    peakFlops: recalled(989.4e12, SHEET),
    smMaxClockHz: seen(1.98e9, SMI),
  }),
];
