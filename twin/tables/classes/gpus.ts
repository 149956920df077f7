/**
 * GPU classes. Bandwidths are per direction; `nvlinkBytesPerS` is the sum of all links of a GPU
 * (NVLink, or Infinity Fabric for AMD), `linkMaxBytesPerS` the signalling rate of one link as tools
 * print it. `peakFlops` is dense bf16. Margins are `T.Limit` values: 0 K is the highest operating
 * temperature, negative beyond. `memBytes` is what the driver shows as total. A figure that no
 * source gives is absent, not guessed.
 */
import type { Figures, HardwareClass } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from './figure.ts';

const SMI = 'nvidia-smi -q of the card, published';
const SHEET = 'NVIDIA data sheet';
const MIB = 2 ** 20;
const NVLINK_S = 'nvidia-smi nvlink -s of the card, published';

/** Links of a GPU: their count, the data rate of one, and the rate that tools print. */
const nvlink = (count: number, linkBytesPerS: number, printed: number): Figures => ({
  nvlinkCount: seen(count, NVLINK_S),
  nvlinkBytesPerS: computed(count * linkBytesPerS, `${count} links, per direction (${SHEET})`),
  linkMaxBytesPerS: seen(printed, NVLINK_S),
});

/** Margins as newer drivers report them, the same on every card seen. */
const MARGINS: Figures = {
  slowdownMarginK: seen(-2, `Slowdown T.Limit, ${SMI}`),
  shutdownMarginK: seen(-5, `Shutdown T.Limit, ${SMI}; -8 on some drivers`),
};

const HOPPER: Figures = {
  powerMaxW: seen(700, SMI),
  powerMinCapW: seen(200, SMI),
  maxOpTempC: seen(87, SMI),
  slowdownTempC: seen(89, SMI),
  shutdownTempC: seen(92, SMI),
  memMaxTempC: seen(95, SMI),
  ...MARGINS,
  ...nvlink(18, 25e9, 26.562e9),
  peakFlops: seen(989.4e12, 'Published MFU figures: 989 TFLOPS dense bf16'),
  smCount: recalled(132, SHEET),
  smMaxClockHz: seen(1.98e9, SMI),
};

const BLACKWELL: Figures = {
  ...MARGINS,
  ...nvlink(18, 50e9, 53.125e9),
  memBytesPerS: recalled(8e12, SHEET),
};

const gpu = (
  id: string,
  title: string,
  figures: Figures,
  traits?: Readonly<Record<string, string>>,
): HardwareClass => ({ id, kind: 'gpu', title, figures, ...(traits ? { traits } : {}) });

export const GPU_CLASSES: readonly HardwareClass[] = [
  gpu('a100-sxm4-80gb', 'NVIDIA A100-SXM4-80GB', {
    powerIdleW: seen(60, `${SMI}: 50-70 W`),
    powerMaxW: seen(400, SMI),
    powerMinCapW: seen(100, SMI),
    maxOpTempC: seen(85, SMI),
    slowdownTempC: seen(89, SMI),
    shutdownTempC: seen(92, SMI),
    memMaxTempC: seen(95, SMI),
    slowdownMarginK: computed(-4, 'Highest operating less slowdown temperature'),
    shutdownMarginK: computed(-7, 'Highest operating less shutdown temperature'),
    memBytes: seen(81_920 * MIB, SMI),
    memBytesPerS: recalled(2.039e12, SHEET),
    ...nvlink(12, 25e9, 25.781e9),
    peakFlops: recalled(312e12, SHEET),
    smCount: recalled(108, SHEET),
    smMaxClockHz: seen(1.41e9, 'Vendor profile of the card'),
  }),
  gpu('h100-sxm5-80gb', 'NVIDIA H100 80GB HBM3', {
    powerIdleW: seen(75, `${SMI}: 70-112 W`),
    ...HOPPER,
    memBytes: seen(81_559 * MIB, SMI),
    memBytesPerS: recalled(3.35e12, SHEET),
  }),
  gpu('h200-sxm5-141gb', 'NVIDIA H200', {
    powerIdleW: seen(75, SMI),
    ...HOPPER,
    memBytes: seen(143_771 * MIB, SMI),
    memBytesPerS: recalled(4.8e12, SHEET),
  }),
  gpu('b200-sxm-180gb', 'NVIDIA B200', {
    ...BLACKWELL,
    powerIdleW: recalled(140, 'Reports of users'),
    powerMaxW: recalled(1000, SHEET),
    memBytes: recalled(193_273_528_320, '180 GiB (DGX B200 user guide: 1,440 GB for eight)'),
    peakFlops: recalled(2.25e15, SHEET),
    smCount: recalled(148, SHEET),
    smMaxClockHz: recalled(1.965e9, 'Reports of users'),
  }),
  gpu('gb200', 'NVIDIA GB200 (one GPU of the superchip)', {
    ...BLACKWELL,
    powerIdleW: recalled(150, 'Reports of users'),
    powerMaxW: recalled(1200, 'Vendor profile of a simulated card'),
    powerMinCapW: recalled(400, 'Vendor profile of a simulated card'),
    memBytes: recalled(199_715_979_264, '186 GiB usable of 192'),
    peakFlops: recalled(2.5e15, SHEET),
    smCount: recalled(152, SHEET),
    smMaxClockHz: recalled(2.1e9, 'Vendor profile of a simulated card'),
  }),
  gpu('gb300', 'NVIDIA GB300 (one GPU of the superchip)', {
    ...BLACKWELL,
    powerIdleW: recalled(160, 'Reports of users'),
    powerMaxW: recalled(1400, SHEET),
    memBytes: recalled(298_500_227_072, '278 GiB usable of 288 GB'),
    peakFlops: recalled(2.5e15, SHEET),
    smCount: recalled(160, SHEET),
    smMaxClockHz: recalled(2.1e9, 'As GB200'),
  }),
  gpu('l40s', 'NVIDIA L40S', {
    powerIdleW: seen(36, SMI),
    powerMaxW: seen(350, SMI),
    powerMinCapW: seen(150, `${SMI}; 100 W on newer drivers`),
    ...MARGINS,
    memBytes: seen(46_068 * MIB, `${SMI}; 48 GiB less ECC`),
    memBytesPerS: recalled(864e9, SHEET),
    nvlinkCount: recalled(0, SHEET),
    nvlinkBytesPerS: recalled(0, SHEET),
    linkMaxBytesPerS: recalled(0, SHEET),
    peakFlops: recalled(362e12, SHEET),
    smCount: recalled(142, SHEET),
    smMaxClockHz: seen(2.52e9, SMI),
  }),
  gpu('mi300x', 'AMD Instinct MI300X', {
    powerIdleW: recalled(140, 'Reports of users'),
    powerMaxW: seen(750, 'rocm-smi PwrCap, published'),
    maxOpTempC: chosen(95, 'Orrery: AMD documents throttling above 95 °C at the hot spot'),
    slowdownTempC: recalled(100, 'rocm-smi junction limit'),
    shutdownTempC: recalled(105, 'rocm-smi junction emergency'),
    memMaxTempC: recalled(105, 'rocm-smi memory limit'),
    memBytes: recalled(206_158_430_208, '192 GiB, AMD data sheet'),
    memBytesPerS: recalled(5.3e12, 'AMD data sheet'),
    nvlinkCount: recalled(7, 'AMD data sheet: one Infinity Fabric link to each other GPU'),
    nvlinkBytesPerS: computed(448e9, '7 links of 64 GB/s per direction (AMD data sheet)'),
    linkMaxBytesPerS: recalled(64e9, 'AMD data sheet: 128 GB/s in both directions'),
    peakFlops: recalled(1307.4e12, 'AMD data sheet'),
    smCount: recalled(304, 'AMD data sheet: compute units'),
    smMaxClockHz: seen(2.1e9, 'rocm-smi, published; AMD data sheet'),
  }),
];
