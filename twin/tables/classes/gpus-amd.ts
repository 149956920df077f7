/**
 * GPU classes of AMD; conventions as in `gpus.ts`, with Infinity Fabric in the place of NVLink and
 * compute units in that of SMs. A module of MI250 and MI250X is one GPU here and two in rocm-smi:
 * the first shows the power and the cap of both, the second none.
 */
import type { Figures, HardwareClass } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from './figure.ts';

const SHEET = 'AMD data sheet';
const ROCM = 'rocm-smi of the card, published';
const PRESS = 'Figures of AMD, printed in the press';
const TABLE = 'ROCm table of GPUs';
const GIB = 2 ** 30;

/** Infinity Fabric to other GPUs: how many links, and the rate of one per direction. */
const fabric = (count: number, linkBytesPerS: number): Figures => ({
  nvlinkCount: recalled(count, `${SHEET}: Infinity Fabric links to other GPUs`),
  nvlinkBytesPerS: computed(count * linkBytesPerS, `${count} links, per direction (${SHEET})`),
  linkMaxBytesPerS: recalled(linkBytesPerS, `${SHEET}, half of both directions`),
});

const gpu = (id: string, title: string, figures: Figures): HardwareClass => ({
  id,
  kind: 'gpu',
  title,
  figures,
});

/** Seven links: one to each other GPU of a host. */
const CDNA3: Figures = {
  maxOpTempC: chosen(95, 'Orrery: AMD documents throttling above 95 °C at the hot spot'),
  slowdownTempC: recalled(100, 'rocm-smi junction limit'),
  shutdownTempC: recalled(105, 'rocm-smi junction emergency'),
  memMaxTempC: recalled(105, 'rocm-smi memory limit'),
  ...fabric(7, 64e9),
  peakFlops: seen(1307.4e12, PRESS),
  smCount: seen(304, `${TABLE}: compute units`),
  smMaxClockHz: seen(2.1e9, `${ROCM}; ${SHEET}`),
};

const CDNA4: Figures = {
  powerIdleW: chosen(140, 'Orrery: as MI300X, no reading is published'),
  memBytes: seen(288 * GIB, TABLE),
  memBytesPerS: seen(8e12, PRESS),
  ...fabric(7, 76.8e9),
  smCount: seen(256, `${TABLE}: compute units`),
};

/** Both dies of a module. */
const CDNA2: Figures = {
  powerIdleW: seen(90, `${ROCM}: 82-102 W a module`),
  powerMaxW: seen(560, ROCM),
  memBytes: seen(128 * GIB, PRESS),
  memBytesPerS: seen(3.2768e12, `${PRESS}: 3.2 TB/s`),
  smMaxClockHz: seen(1.7e9, ROCM),
};

export const AMD_GPU_CLASSES: readonly HardwareClass[] = [
  gpu('mi300x', 'AMD Instinct MI300X', {
    ...CDNA3,
    powerIdleW: recalled(140, 'Reports of users'),
    powerMaxW: seen(750, ROCM),
    memBytes: seen(192 * GIB, TABLE),
    memBytesPerS: seen(5.3e12, PRESS),
  }),
  gpu('mi325x', 'AMD Instinct MI325X', {
    ...CDNA3,
    powerIdleW: recalled(140, 'As MI300X'),
    powerMaxW: seen(1000, PRESS),
    memBytes: seen(256 * GIB, TABLE),
    memBytesPerS: seen(6e12, PRESS),
  }),
  gpu('mi350x', 'AMD Instinct MI350X', {
    ...CDNA4,
    powerMaxW: seen(1000, PRESS),
    peakFlops: recalled(2306.9e12, SHEET),
    smMaxClockHz: seen(2.2e9, PRESS),
  }),
  gpu('mi355x', 'AMD Instinct MI355X', {
    ...CDNA4,
    powerMaxW: seen(1400, PRESS),
    peakFlops: recalled(2516.6e12, SHEET),
    smMaxClockHz: seen(2.4e9, PRESS),
  }),
  gpu('mi250x', 'AMD Instinct MI250X', {
    ...CDNA2,
    ...fabric(8, 50e9),
    peakFlops: seen(383e12, PRESS),
    smCount: seen(220, `${PRESS}: compute units`),
  }),
  gpu('mi250', 'AMD Instinct MI250', {
    ...CDNA2,
    ...fabric(6, 50e9),
    peakFlops: seen(362.1e12, PRESS),
    smCount: seen(208, `${PRESS}: compute units`),
  }),
  gpu('mi210', 'AMD Instinct MI210', {
    powerIdleW: recalled(42, 'rocm-smi, reports of users'),
    powerMaxW: recalled(300, SHEET),
    memBytes: recalled(64 * GIB, SHEET),
    memBytesPerS: recalled(1.6384e12, SHEET),
    ...fabric(3, 50e9),
    peakFlops: recalled(181e12, SHEET),
    smCount: recalled(104, `${SHEET}: compute units`),
    smMaxClockHz: recalled(1.7e9, SHEET),
  }),
  gpu('mi100', 'AMD Instinct MI100', {
    powerIdleW: seen(39, ROCM),
    powerMaxW: seen(290, `${ROCM}; 300 W on the data sheet`),
    memBytes: seen(34_342_961_152, ROCM),
    memBytesPerS: seen(1.2288e12, `${PRESS}: 1.23 TB/s`),
    ...fabric(3, 46e9),
    peakFlops: recalled(92.3e12, SHEET),
    smCount: recalled(120, `${SHEET}: compute units`),
    smMaxClockHz: seen(1.502e9, ROCM),
  }),
];
