/**
 * How often things break and how long they stay broken. Rates are per thing and calendar time, at
 * constant hazard; repair times are from the failure until the thing serves again.
 */
import type { Figure } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from '../classes/figure.ts';
import type { Kind } from '../kinds.ts';

/** Of a year that is no leap year, as rates and availability are told. */
export const HOURS_PER_YEAR = 8760;

const RSC = 'Kokolis et al., HPCA 2025 (arXiv 2410.21680)';
const LLAMA = 'Llama 3 report (arXiv 2407.21783), section 3.3.4 and table 5';

/** Failures that stop a job, per 1,000 days of a host; all hosts of 8 GPUs. */
export const JOB_FAILURES_PER_1000_HOST_DAYS = {
  rsc1: seen(6.5, `${RSC}: RSC-1, 16,000 A100`),
  rsc2: seen(2.34, `${RSC}: RSC-2, 8,000 A100`),
  llama3: computed(3.79, `${LLAMA}: 419 in 54 days on 2,048 hosts`),
} as const;

/**
 * Mean time to failure of jobs as measured in RSC-1: far below 1/(hosts x rate) for small jobs,
 * which also die of what no host's failure rate counts.
 */
export const MEASURED_JOB_MTTF: readonly { readonly gpus: number; readonly mttfH: Figure }[] = [
  { gpus: 8, mttfH: recalled(1144.8, `${RSC}: 47.7 days`) },
  { gpus: 1024, mttfH: seen(7.9, RSC) },
];

/** From here on the paper itself projects with the formula. */
export const MTTF_FORMULA_FROM_GPUS = seen(16384, `${RSC}: 1.8 h, which is the formula`);

/** Size of the hosts behind the measured curve. */
export const MEASURED_GPUS_PER_HOST = seen(8, RSC);

export const CHECKPOINTS = {
  /** Above this expected loss per unit of time the formula is left for the simulation. */
  formulaLossMaxRatio: chosen(0.2, 'Orrery: there the formula is off by about 0.01 to 0.015'),
  /** Failures of one simulation: its standard error is then below 0.002 for any sensible job. */
  simulatedFailures: chosen(20000, 'Orrery'),
  seed: chosen(9, 'Orrery: any'),
} as const;

export const INTERRUPTION_RUNS = {
  runs: chosen(1000, 'Orrery: the standard deviation is then known to 2.2 %'),
  /** Above so many failures a run, counts are drawn from a normal distribution. */
  drawnOneByOneMax: chosen(4000, 'Orrery: about 0.1 s; the skew of a Poisson count is then 1.6 %'),
  seed: chosen(7, 'Orrery: any'),
} as const;

/** Words by which a cause of an interruption is counted as the GPU's. */
export const GPU_CAUSE_WORDS: ReadonlySet<string> = new Set([
  ...[
    'gpu',
    'hbm',
    'hbm2',
    'hbm2e',
    'hbm3',
    'hbm3e',
    'hbm4',
    'sram',
    'nvlink',
    'gsp',
    'xid',
    'sdc',
  ],
  ...['ecc', 'dbe'],
  // The report counts silent corruption of data as the GPU's.
  'silent',
]);

/** Words by which it is not, whatever else it says: ECC errors of a DIMM. */
export const HOST_CAUSE_WORDS: ReadonlySet<string> = new Set(['cpu', 'dimm', 'dram', 'ram']);

/** Failures a year and mean time to repair of one thing of a kind. */
export interface FailureRow {
  readonly kind: Kind;
  readonly failuresPerYear: Figure;
  readonly repairH: Figure;
}

const SURVEYS = 'IEEE 493, TM 5-698-5 and makers of UPS: typical, from memory';
const ON_SITE = 'Orrery: spare on site, exchanged in a shift';

/**
 * Sorted as `KINDS`. Kinds that are not here are taken not to fail. A host's row counts everything
 * that stops a job on it, its GPUs and NICs with it.
 */
export const FAILURES: readonly FailureRow[] = [
  { kind: 'utilityFeed', failuresPerYear: recalled(2, SURVEYS), repairH: recalled(2, SURVEYS) },
  {
    kind: 'transformer',
    failuresPerYear: recalled(0.006, SURVEYS),
    repairH: recalled(156, SURVEYS),
  },
  { kind: 'generator', failuresPerYear: recalled(0.9, SURVEYS), repairH: recalled(8, SURVEYS) },
  { kind: 'switchgear', failuresPerYear: recalled(0.01, SURVEYS), repairH: recalled(7, SURVEYS) },
  { kind: 'sts', failuresPerYear: recalled(0.036, SURVEYS), repairH: recalled(6, SURVEYS) },
  { kind: 'ups', failuresPerYear: recalled(0.035, SURVEYS), repairH: recalled(8, SURVEYS) },
  { kind: 'feed', failuresPerYear: recalled(0.004, SURVEYS), repairH: recalled(4, SURVEYS) },
  { kind: 'pdu', failuresPerYear: recalled(0.01, SURVEYS), repairH: recalled(4, SURVEYS) },
  { kind: 'chiller', failuresPerYear: recalled(0.6, SURVEYS), repairH: recalled(12, SURVEYS) },
  { kind: 'crah', failuresPerYear: recalled(0.1, SURVEYS), repairH: recalled(6, SURVEYS) },
  { kind: 'cdu', failuresPerYear: recalled(0.1, SURVEYS), repairH: recalled(6, SURVEYS) },
  {
    kind: 'tor',
    failuresPerYear: computed(0.00612, 'Alibaba HPN, SIGCOMM 2024: 0.051 % a month'),
    repairH: chosen(4, ON_SITE),
  },
  {
    kind: 'host',
    failuresPerYear: computed(1.384, `${LLAMA}: 3.79 per 1,000 days`),
    repairH: chosen(24, 'Orrery: repair and burn-in'),
  },
  {
    kind: 'gpu',
    failuresPerYear: computed(0.11, `${LLAMA}: 268 of 16,384 H100 in 54 days; most only restart`),
    repairH: chosen(24, 'Orrery: repair and burn-in of its host'),
  },
  {
    kind: 'nic',
    failuresPerYear: computed(0.0029, `${LLAMA}: 7 of 16,384 in 54 days`),
    repairH: chosen(8, ON_SITE),
  },
  {
    kind: 'nvme',
    failuresPerYear: seen(0.0157, 'Backblaze 2024: 1.57 % of drives a year'),
    repairH: chosen(8, ON_SITE),
  },
  {
    kind: 'psu',
    failuresPerYear: recalled(0.0075, 'Field returns, 0.5 to 1 % a year'),
    repairH: chosen(8, ON_SITE),
  },
];

export const REDUNDANCY = {
  /** Part of the failures of redundant twins that take all of them at once. */
  commonCauseRatio: chosen(0.02, 'Orrery: within the 1 to 5 % of the beta-factor method'),
  paths: chosen(20000, 'Orrery: about 0.1 s for the supply of a host'),
  seed: chosen(5, 'Orrery: any'),
  /** Of a normal distribution, for 95 %. */
  quantile: computed(1.96, '97.5 % point of a normal distribution'),
  /** Chance that the next thing to happen is another failure, while biased. */
  failureBias: chosen(0.4, 'Orrery: below half, so that paths end'),
  /** Chance that a generator fails to start, while biased. */
  startFailureBias: chosen(0.3, 'Orrery: both ways are seen'),
  /** Steps of one path after which the parts are taken never to be up together. */
  stepsMax: chosen(1e6, 'Orrery'),
} as const;

/** Standby generators when they are called. */
export const STANDBY = {
  failsToStartRatio: recalled(
    0.01,
    'Per call: IEEE 493 0.0135; nuclear sites (NUREG/CR-6928) 0.005',
  ),
  startS: recalled(10, 'NFPA 110 type 10, where the class names none'),
  fuelS: recalled(12 * 3600, 'Uptime Institute, tiers III and IV: 12 h of fuel on site at least'),
} as const;

const TEXTS = 'Quoted sequence of healing steps';

/** Healing of a host that a monitor suspects. */
export const SELF_HEAL = {
  predictedRatio: recalled(0.93, TEXTS),
  migratedRatio: recalled(0.98, TEXTS),
  detectS: recalled(1, TEXTS),
  decideS: recalled(5, TEXTS),
  migrateS: recalled(60, TEXTS),
  verifyS: recalled(10, TEXTS),
  repairS: chosen(4 * 3600, 'Orrery: a spare on site'),
  burnInS: chosen(0, 'Orrery: none unless told'),
} as const;
