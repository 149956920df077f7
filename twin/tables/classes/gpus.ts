/**
 * GPU classes. Bandwidths are per direction; `nvlinkBytesPerS` is the sum of all links of a GPU
 * (NVLink, or Infinity Fabric for AMD), `linkMaxBytesPerS` the signalling rate of one link as tools
 * print it. `peakFlops` is dense bf16. Margins are `T.Limit` values: 0 K is the highest operating
 * temperature, negative beyond. `memBytes` is what the driver shows as total. `powerReadyW` is drawn
 * with clocks up and no work, by cards whose idle power is at low clocks (P8); the others idle so. A
 * figure that no source gives is absent, not guessed.
 */
import type { Figures, HardwareClass } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from './figure.ts';

const SMI = 'nvidia-smi -q of the card, published';
const SHEET = 'NVIDIA data sheet';
const LISTED = 'nvidia-smi of the card, in public logs';
const COMPARED = 'Comparisons of the cards, published';
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
    powerIdleW: seen(140, `${LISTED}: 136-145 W`),
    powerMaxW: seen(1000, LISTED),
    memBytes: seen(183_359 * MIB, LISTED),
    peakFlops: recalled(2.25e15, SHEET),
    smCount: recalled(148, SHEET),
    smMaxClockHz: recalled(1.965e9, 'Reports of users'),
  }),
  gpu('b300-sxm6-288gb', 'NVIDIA B300 SXM6 AC', {
    ...BLACKWELL,
    powerIdleW: seen(139, `${LISTED}: 135-181 W`),
    powerMaxW: seen(1100, LISTED),
    memBytes: seen(275_040 * MIB, LISTED),
    peakFlops: seen(2.25e15, 'HGX B300 data sheet, quoted: 36 PFLOPS sparse for eight'),
    smCount: seen(148, LISTED),
    smMaxClockHz: seen(2.032e9, LISTED),
  }),
  gpu('b100-sxm-192gb', 'NVIDIA B100', {
    ...BLACKWELL,
    powerIdleW: chosen(140, 'Orrery: as B200, no reading is published'),
    powerMaxW: seen(700, COMPARED),
    memBytes: seen(192e9, `${COMPARED}: 192 GB; the driver shows less`),
    peakFlops: seen(1.75e15, `${COMPARED}, dense`),
    smCount: recalled(148, 'As B200'),
    smMaxClockHz: recalled(1.965e9, 'As B200'),
  }),
  gpu('gb200', 'NVIDIA GB200 (one GPU of the superchip)', {
    ...BLACKWELL,
    powerIdleW: seen(160, `${LISTED}: 156-181 W`),
    powerMaxW: seen(1200, LISTED),
    powerMinCapW: recalled(400, 'Vendor profile of a simulated card'),
    memBytes: seen(189_471 * MIB, LISTED),
    peakFlops: recalled(2.5e15, SHEET),
    smCount: recalled(152, SHEET),
    smMaxClockHz: recalled(2.1e9, 'Vendor profile of a simulated card'),
  }),
  gpu('gb300', 'NVIDIA GB300 (one GPU of the superchip)', {
    ...BLACKWELL,
    powerIdleW: seen(172, `${LISTED}: 172-237 W`),
    powerMaxW: seen(1400, LISTED),
    memBytes: seen(284_208 * MIB, LISTED),
    peakFlops: recalled(2.5e15, SHEET),
    smCount: recalled(160, SHEET),
    smMaxClockHz: recalled(2.1e9, 'As GB200'),
  }),
  gpu('l40s', 'NVIDIA L40S', {
    powerIdleW: seen(36, SMI),
    powerReadyW: seen(82, `${LISTED}: 80-84 W`),
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
];
