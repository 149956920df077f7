/**
 * GPUs made for markets that export rules limit: boards of the catalogue with fewer links or units.
 * NVIDIA prints no public data sheet of them; what is not listed here is that of the board, from
 * memory. Conventions as in `gpus.ts`.
 */
import type { Figure, Figures, HardwareClass } from '../catalogue.ts';
import { computed, recalled, seen } from './figure.ts';
import { GPU_CLASSES } from './gpus.ts';
import { EARLIER_GPU_CLASSES } from './gpus-earlier.ts';

const LISTED = 'nvidia-smi of the card, in public logs';
const REPORTED = 'Comparisons of the cards, published; no data sheet is';
const MIB = 2 ** 20;

const nvlink = (count: number): Figures => ({
  nvlinkCount: computed(count, `NVLink of ${count * 50} GB/s both ways, 50 a link`),
  nvlinkBytesPerS: computed(count * 25e9, `${count} links of 25 GB/s per direction (${REPORTED})`),
});

const asBoard = (id: string, figures: Figures): Figures => {
  const board = [...GPU_CLASSES, ...EARLIER_GPU_CLASSES].find(row => row.id === id);
  if (!board) throw new Error(`there is no board ${id}`);
  const borrow = ({ value }: Figure) => recalled(value, `As ${board.title}`);
  const borrowed = Object.entries(board.figures).map(([name, one]) => [name, borrow(one)] as const);
  return { ...Object.fromEntries(borrowed), ...figures };
};

const gpu = (id: string, title: string, figures: Figures): HardwareClass => ({
  id,
  kind: 'gpu',
  title,
  figures,
});

const H20: Figures = {
  powerIdleW: seen(73, `${LISTED}: 72-74 W`),
  powerMaxW: seen(500, `${LISTED}; reports of the announcement say 400 W`),
  peakFlops: seen(148e12, REPORTED),
  smCount: seen(78, REPORTED),
};

export const EXPORT_GPU_CLASSES: readonly HardwareClass[] = [
  gpu(
    'h20-sxm5-96gb',
    'NVIDIA H20',
    asBoard('h100-sxm5-80gb', {
      ...H20,
      memBytes: seen(97_871 * MIB, LISTED),
      memBytesPerS: seen(4e12, REPORTED),
    }),
  ),
  gpu(
    'h20-3e-sxm5-141gb',
    'NVIDIA H20-3e',
    asBoard('h200-sxm5-141gb', { ...H20, memBytes: seen(143_771 * MIB, LISTED) }),
  ),
  gpu(
    'h800-sxm5-80gb',
    'NVIDIA H800',
    asBoard('h100-sxm5-80gb', {
      powerIdleW: seen(81, `${LISTED}: 73-89 W`),
      powerMaxW: seen(700, LISTED),
      memBytes: seen(81_559 * MIB, LISTED),
      ...nvlink(8),
    }),
  ),
  gpu(
    'h800-pcie-80gb',
    'NVIDIA H800 PCIe',
    asBoard('h100-pcie-80gb', {
      powerIdleW: seen(50, LISTED),
      powerMaxW: seen(350, LISTED),
      memBytes: seen(81_559 * MIB, LISTED),
    }),
  ),
  gpu(
    'a800-sxm4-80gb',
    'NVIDIA A800-SXM4-80GB',
    asBoard('a100-sxm4-80gb', {
      powerIdleW: seen(57, `${LISTED}: 55-63 W`),
      powerMaxW: seen(400, LISTED),
      memBytes: seen(81_920 * MIB, LISTED),
      ...nvlink(8),
    }),
  ),
  gpu(
    'a800-pcie-80gb',
    'NVIDIA A800 80GB PCIe',
    asBoard('a100-pcie-80gb', {
      powerIdleW: seen(43, `${LISTED}: 42-48 W`),
      powerMaxW: seen(300, LISTED),
      memBytes: seen(81_920 * MIB, LISTED),
    }),
  ),
];
