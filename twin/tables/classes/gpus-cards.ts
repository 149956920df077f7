/**
 * PCIe cards for inference, graphics and desks; conventions as in `gpus.ts`. Idle power is that of
 * a card without work at low clocks (P8). `memBytes` is with ECC where the card has it on by
 * default. Two cards of one name may bear different caps: makers of desktop cards choose them.
 */
import type { Figures, HardwareClass } from '../catalogue.ts';
import { computed, recalled, seen } from './figure.ts';

const LISTED = 'nvidia-smi of the card, in public logs';
const QUERIED = 'nvidia-smi -q of the card, published';
const SHEET = 'NVIDIA data sheet';
const COMPARED = 'Comparisons of the cards, published';
const MIB = 2 ** 20;

const NO_NVLINK: Figures = {
  nvlinkCount: recalled(0, SHEET),
  nvlinkBytesPerS: recalled(0, SHEET),
  linkMaxBytesPerS: recalled(0, SHEET),
};

const gpu = (id: string, title: string, figures: Figures): HardwareClass => ({
  id,
  kind: 'gpu',
  title,
  figures: { ...NO_NVLINK, ...figures },
});

/** One of the four GPUs of an A16, and the one of an A2. */
const GA107: Figures = {
  memBytes: seen(15_356 * MIB, LISTED),
  memBytesPerS: seen(200e9, `${SHEET}, printed by a seller`),
  peakFlops: seen(17.9e12, `${SHEET} of A16: 4 x 17.9 dense fp16`),
  smCount: computed(10, '1,280 cores, 128 in each'),
};

const AD102: Figures = {
  memBytes: seen(46_068 * MIB, `${LISTED}, with ECC`),
  memBytesPerS: seen(864e9, COMPARED),
  smMaxClockHz: seen(2.49e9, `${COMPARED}: boost clock`),
};

export const CARD_GPU_CLASSES: readonly HardwareClass[] = [
  gpu('l40', 'NVIDIA L40', {
    ...AD102,
    powerIdleW: seen(35, LISTED),
    powerMaxW: seen(300, LISTED),
    powerMinCapW: recalled(100, 'As L40S on newer drivers'),
    peakFlops: recalled(181.05e12, SHEET),
    smCount: computed(142, '18,176 cores, 128 in each'),
  }),
  gpu('l20', 'NVIDIA L20', {
    ...AD102,
    powerIdleW: seen(30, `${LISTED}: 24-34 W`),
    powerReadyW: seen(74, `${LISTED}: 73-75 W`),
    powerMaxW: seen(350, `${LISTED}; 275 W in published comparisons`),
    peakFlops: recalled(119.5e12, 'Reports of the announcement'),
    smCount: seen(92, COMPARED),
    smMaxClockHz: seen(2.52e9, `${COMPARED}: boost clock`),
  }),
  gpu('rtx-6000-ada', 'NVIDIA RTX 6000 Ada Generation', {
    powerIdleW: seen(23, `${LISTED}: 5-25 W`),
    powerMaxW: seen(300, LISTED),
    powerMinCapW: recalled(100, 'As RTX A6000'),
    memBytes: seen(49_140 * MIB, `${LISTED}; 46,068 MiB with ECC`),
    memBytesPerS: recalled(960e9, SHEET),
    peakFlops: recalled(364.2e12, `${SHEET}: 1,457 at fp8 and sparse, a quarter of it`),
    smCount: recalled(142, SHEET),
    smMaxClockHz: recalled(3.105e9, 'nvidia-smi, reports of users'),
  }),
  gpu('rtx-pro-6000-blackwell-server', 'NVIDIA RTX PRO 6000 Blackwell Server Edition', {
    powerIdleW: seen(30, `${LISTED}: 28-35 W`),
    powerMaxW: seen(600, LISTED),
    memBytes: seen(97_887 * MIB, LISTED),
    memBytesPerS: recalled(1.597e12, SHEET),
    peakFlops: recalled(503.8e12, 'Blackwell white paper of workstation cards'),
    smCount: recalled(188, SHEET),
    smMaxClockHz: recalled(2.43e9, 'nvidia-smi, reports of users'),
  }),
  gpu('a2', 'NVIDIA A2', {
    ...GA107,
    powerIdleW: seen(8, `${LISTED}: 5-8 W`),
    powerReadyW: seen(21, `${LISTED}: 20-22 W`),
    powerMaxW: seen(60, LISTED),
    powerMinCapW: recalled(40, `${SHEET}: 40-60 W`),
    peakFlops: recalled(18e12, SHEET),
    smMaxClockHz: recalled(1.77e9, SHEET),
  }),
  gpu('a16', 'NVIDIA A16 (one GPU of the four)', {
    ...GA107,
    powerIdleW: seen(12, LISTED),
    powerMaxW: seen(62, `${LISTED}; 250 W the card`),
    smMaxClockHz: seen(1.695e9, `${COMPARED}: boost clock`),
  }),
  gpu('a10g', 'NVIDIA A10G', {
    powerIdleW: recalled(16, 'As A10'),
    powerReadyW: seen(58, LISTED),
    powerMaxW: seen(300, LISTED),
    powerMinCapW: recalled(100, 'As A10'),
    memBytes: seen(23_028 * MIB, LISTED),
    memBytesPerS: seen(600e9, COMPARED),
    peakFlops: recalled(70e12, SHEET),
    smCount: recalled(72, 'As A10'),
    smMaxClockHz: recalled(1.71e9, 'nvidia-smi, reports of users'),
  }),
  gpu('quadro-rtx-6000', 'NVIDIA Quadro RTX 6000', {
    powerIdleW: seen(15, `${LISTED}: 9-20 W`),
    powerMaxW: seen(260, `${LISTED}; 250 W the card without fans`),
    powerMinCapW: recalled(100, 'nvidia-smi, reports of users'),
    memBytes: seen(24_576 * MIB, `${LISTED}; 23,040 MiB with ECC`),
    memBytesPerS: seen(672e9, COMPARED),
    nvlinkCount: recalled(2, SHEET),
    nvlinkBytesPerS: computed(50e9, `2 links, per direction (${SHEET})`),
    linkMaxBytesPerS: recalled(25.781e9, 'Signalling rate of the link generation'),
    peakFlops: recalled(130.5e12, `${SHEET}; fp16`),
    smCount: seen(72, COMPARED),
    smMaxClockHz: recalled(2.1e9, 'nvidia-smi, reports of users'),
  }),
  gpu('rtx-4090', 'NVIDIA GeForce RTX 4090', {
    powerIdleW: seen(20, `${LISTED}: 12-27 W`),
    powerMaxW: seen(450, `${LISTED}; makers of cards allow up to 600 W`),
    powerMinCapW: seen(150, QUERIED),
    memBytes: seen(24_564 * MIB, LISTED),
    memBytesPerS: seen(1.008e12, COMPARED),
    peakFlops: recalled(165.2e12, 'Ada white paper: with fp32 accumulation'),
    smCount: computed(128, '16,384 cores, 128 in each'),
    smMaxClockHz: recalled(3.105e9, 'nvidia-smi, reports of users'),
  }),
  gpu('rtx-4000-sff-ada', 'NVIDIA RTX 4000 SFF Ada Generation', {
    powerIdleW: seen(8.5, QUERIED),
    powerMaxW: seen(70, QUERIED),
    powerMinCapW: seen(30, QUERIED),
    slowdownMarginK: seen(-2, `Slowdown T.Limit, ${QUERIED}`),
    shutdownMarginK: seen(-7, `Shutdown T.Limit, ${QUERIED}`),
    memBytes: seen(20_475 * MIB, QUERIED),
    memBytesPerS: recalled(280e9, SHEET),
    peakFlops: recalled(76.7e12, `${SHEET}: 306.8 at fp8 and sparse, a quarter of it`),
    smCount: recalled(48, SHEET),
    smMaxClockHz: seen(3.105e9, QUERIED),
  }),
  gpu('rtx-3080', 'NVIDIA GeForce RTX 3080', {
    powerIdleW: recalled(20, 'nvidia-smi, reports of users'),
    powerMaxW: seen(336, `${QUERIED}; 320 W by default`),
    powerMinCapW: seen(100, QUERIED),
    maxOpTempC: seen(93, QUERIED),
    slowdownTempC: seen(95, QUERIED),
    shutdownTempC: seen(98, QUERIED),
    memBytes: seen(10_240 * MIB, QUERIED),
    memBytesPerS: recalled(760e9, SHEET),
    peakFlops: recalled(59.5e12, 'Ampere white paper: with fp32 accumulation'),
    smCount: recalled(68, SHEET),
    smMaxClockHz: seen(2.1e9, QUERIED),
  }),
  gpu('rtx-2080-super', 'NVIDIA GeForce RTX 2080 SUPER', {
    powerIdleW: seen(38, QUERIED),
    powerMaxW: seen(350, `${QUERIED}; 250 W by default`),
    powerMinCapW: seen(105, QUERIED),
    maxOpTempC: seen(89, QUERIED),
    slowdownTempC: seen(97, QUERIED),
    shutdownTempC: seen(100, QUERIED),
    memBytes: seen(8_192 * MIB, QUERIED),
    memBytesPerS: recalled(496e9, SHEET),
    peakFlops: recalled(44.6e12, 'Turing white paper: with fp32 accumulation'),
    smCount: recalled(48, SHEET),
    smMaxClockHz: seen(2.145e9, QUERIED),
  }),
];
