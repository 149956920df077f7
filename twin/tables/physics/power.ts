/** Constants of what draws power and of what converts it. Ratios are 0-1. */
import type { Figure, Figures } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from '../classes/figure.ts';

/** `P = idle + (max - idle) * util * clockRatio ^ dvfsExponent`. */
export const DVFS = {
  exponent: recalled(2.4, 'Voltage falls with the clock; between 2 and 3, to be fitted per GPU'),
  /** Lowest clock over the highest: where a power cap stops acting. */
  minClockRatio: seen(0.15, 'nvidia-smi -q: 210 of 1,410 MHz (A100), 345 of 1,980 (H100, H200)'),
} as const satisfies Figures;

/** Exponents of single classes, by class id; all others take `DVFS.exponent`. */
export const DVFS_EXPONENTS: Readonly<Record<string, Figure>> = {
  'v100-sxm2-32gb': computed(2.4, 'Fits the published cap of 150 W against 250 W'),
};

export const WORKLOADS = ['training', 'prefill', 'decode'] as const;
export type Workload = (typeof WORKLOADS)[number];

interface WorkloadFigures {
  /** Part of the run time that stretches as the clock falls, for work looked at by its mean. */
  readonly computeBoundRatio: Figure;
  /** Mean draw over the highest, of a GPU that no cap holds back. */
  readonly drawRatio: Figure;
}

export const WORKLOAD_FIGURES: Readonly<Record<Workload, WorkloadFigures>> = {
  training: {
    computeBoundRatio: computed(0.54, 'Fits arXiv 2205.09646: 0.3-0.9 over workloads'),
    drawRatio: computed(0.744, 'arXiv 2205.09646: 186 W of 250 W fits the published energy'),
  },
  prefill: {
    computeBoundRatio: chosen(0.9, 'Orrery: large matrix products, little else'),
    drawRatio: seen(1, 'Short prefill at or above the rated power (POLCA)'),
  },
  decode: {
    computeBoundRatio: recalled(0, 'Waits for memory, whose clock a cap leaves alone'),
    drawRatio: computed(0.312, 'arXiv 2605.11999: middle of 137-300 W of 700 W'),
  },
};

/** How a workload draws under a cap, which cuts its phases and not their mean. */
export interface CappedWork {
  /** Part of the time of a phase that stretches as the clock falls. */
  readonly computeBoundRatio: Figure;
  /** Draw of its high phases: so far from the mean up to the GPU's maximum. */
  readonly peakRatio: Figure;
  /** Draw of its low phases: so far from idle up to the mean. */
  readonly lowRatio: Figure;
  /** Part of a phase's draw above idle that does not fall with the clock. */
  readonly staticRatio: Figure;
}

const ZEUS = 'Fit on 68 trainings on a V100 under six caps (Zeus, NSDI 2023), kept to P11';
const ONE_PHASE = { peakRatio: computed(0, 'One phase'), lowRatio: computed(1, 'One phase') };

export const CAPPED_WORK: Readonly<Record<Workload, CappedWork>> = {
  training: {
    computeBoundRatio: computed(0.41, ZEUS),
    peakRatio: computed(0.78, ZEUS),
    lowRatio: computed(0.7, ZEUS),
    staticRatio: computed(0.23, ZEUS),
  },
  prefill: {
    computeBoundRatio: WORKLOAD_FIGURES.prefill.computeBoundRatio,
    ...ONE_PHASE,
    staticRatio: computed(0.23, ZEUS),
  },
  decode: {
    computeBoundRatio: WORKLOAD_FIGURES.decode.computeBoundRatio,
    ...ONE_PHASE,
    staticRatio: computed(0.23, ZEUS),
  },
};

/** Parts of a host beside its GPUs, each at its idle and at full work. */
export const HOST_PARTS = {
  cpuIdleRatio: recalled(0.25, 'Idle package power over TDP of server processors'),
  dimmIdleW: seen(3, 'DIMMs take 3-10 W'),
  dimmMaxW: seen(10, 'DIMMs take 3-10 W'),
  nicIdleW: seen(15, 'NICs take 15-25 W'),
  nicMaxW: seen(25, 'NICs take 15-25 W'),
  nvmeIdleW: recalled(5, 'Data sheets of makers'),
  nvmeMaxW: recalled(18, 'Data sheets of makers'),
  boardIdleRatio: chosen(0.5, 'Orrery: brings an idle DGX H100 to the 1.6-2.2 kW of users'),
} as const satisfies Figures;

export const FANS = {
  /** Affinity laws: flow with speed, power with its cube. */
  powerExponent: seen(3, 'Fan laws: 0.8 of the speed takes 0.512 of the power'),
} as const satisfies Figures;

const PLUS_80 = '80 PLUS table, 230 V internal redundant';

/** Efficiency at parts of the rated load; `efficiency10Ratio` where the rating asks for it. */
export const PSU_RATINGS = {
  bronze: {
    efficiency20Ratio: seen(0.81, PLUS_80),
    efficiency50Ratio: seen(0.85, PLUS_80),
    efficiency100Ratio: seen(0.81, PLUS_80),
  },
  silver: {
    efficiency20Ratio: seen(0.85, PLUS_80),
    efficiency50Ratio: seen(0.89, PLUS_80),
    efficiency100Ratio: seen(0.85, PLUS_80),
  },
  gold: {
    efficiency20Ratio: seen(0.88, PLUS_80),
    efficiency50Ratio: seen(0.92, PLUS_80),
    efficiency100Ratio: seen(0.88, PLUS_80),
  },
  platinum: {
    efficiency10Ratio: chosen(0.85, 'Orrery: 80 PLUS Platinum asks for nothing at 10 %'),
    efficiency20Ratio: seen(0.9, PLUS_80),
    efficiency50Ratio: seen(0.94, PLUS_80),
    efficiency100Ratio: seen(0.91, PLUS_80),
  },
  titanium: {
    efficiency10Ratio: seen(0.9, PLUS_80),
    efficiency20Ratio: seen(0.94, PLUS_80),
    efficiency50Ratio: seen(0.96, PLUS_80),
    efficiency100Ratio: seen(0.91, PLUS_80),
  },
} as const satisfies Readonly<Record<string, Figures>>;

export type PsuRating = keyof typeof PSU_RATINGS;

/**
 * A thermal-magnetic breaker trips when `∫(i² - 1) dt`, i the current over its rating, reaches
 * this, s. The form knows no slow loss of heat, so at small overloads, which the standard lets a
 * breaker carry for up to an hour, it trips too early rather than too late.
 */
export const BREAKER = {
  tripHeatS: computed(165, 'IEC 60898: 2.55 times the rating for 30 s (of 1-60): (6.5 - 1) * 30'),
} as const satisfies Figures;

/** Training: near the rated power while computing, near idle while it talks or writes. */
export const TRAINING_WAVE = {
  periodS: seen(2, 'Published spectra of training power: 0.2-3 Hz'),
  computeRatio: computed(0.69, 'Gives the mean draw of a V100: (186 - 44) / (250 - 44)'),
} as const satisfies Figures;

/** Inference: a short prefill, a long decode. */
export const INFERENCE_WAVE = {
  periodS: chosen(5, 'Orrery: one request of several hundred tokens'),
  prefillRatio: chosen(0.1, 'Orrery: part of a request spent on its prompt'),
} as const satisfies Figures;
