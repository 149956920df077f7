/** Checkpoints of a long job: how often, and what part of its time trains. */
import { CHECKPOINTS } from '../../tables/physics/reliability.ts';
import { exponential, seededRandom } from '../random.ts';

interface CheckpointedJob {
  /** Failures of the whole job per second. */
  readonly failuresPerS: number;
  /** Time the job stands for one checkpoint, s. */
  readonly writeS: number;
  /** From a failure until the job trains again, s. */
  readonly restartS: number;
}

/** Failures per second of a job on so many hosts. */
export function jobFailuresPerS(hosts: number, failuresPer1000HostDays: number): number {
  return (hosts * failuresPer1000HostDays) / 1000 / 86400;
}

/** The interval with the least loss, s: `sqrt(2 writeS / failuresPerS)` (Young). */
export function optimalIntervalS({ failuresPerS, writeS }: CheckpointedJob): number {
  if (!(failuresPerS > 0) || !(writeS > 0)) {
    throw new RangeError('no best interval without failures and a time to write: both must be > 0');
  }
  return Math.sqrt((2 * writeS) / failuresPerS);
}

interface TrainingTime {
  /** Effective training time ratio: time that trains and is kept, over all time. 0-1. */
  readonly effectiveRatio: number;
  /** The formula's own value; below 0 where it makes no sense. */
  readonly formulaRatio: number;
  /** Same by simulation, and its standard error. */
  readonly simulatedRatio: number;
  readonly simulatedError: number;
  /** Time lost to failures per unit of time, as the formula has it: it must be well below 1. */
  readonly lossRatio: number;
  /**
   * Whether the loss is small enough for the formula, with what failures while writing cost, which it
   * leaves out; if not, the simulation is the answer.
   */
  readonly isFormulaValid: boolean;
}

/**
 * `E[ETTR] = (1 - r (u0 + dt/2)) / (1 + w/dt)` with r failures of the job per second, u0 restart,
 * dt interval and w write (Kokolis et al., HPCA 2025), and the same by simulation, which takes over
 * where `r (u0 + dt/2)` is not small.
 * @param intervalS training between two checkpoints, s
 */
export function trainingTime(job: CheckpointedJob, intervalS: number): TrainingTime {
  const { failuresPerS, writeS, restartS } = job;
  if (!(intervalS > 0) || !(writeS >= 0) || !(restartS >= 0) || !(failuresPerS >= 0)) {
    throw new RangeError('intervalS must be above 0; rate, writeS and restartS not below');
  }
  const lossRatio = failuresPerS * (restartS + intervalS / 2);
  const formulaRatio = (1 - lossRatio) / (1 + writeS / intervalS);
  const { ratio, error } = simulateTraining(job, intervalS);
  const isFormulaValid = lossRatio + failuresPerS * writeS <= CHECKPOINTS.formulaLossMaxRatio.value;
  return {
    effectiveRatio: isFormulaValid ? formulaRatio : ratio,
    formulaRatio,
    simulatedRatio: ratio,
    simulatedError: error,
    lossRatio,
    isFormulaValid,
  };
}

/**
 * The exact mean for exponential failures that also strike while writing and restarting:
 * `r dt exp(-r u0) / (exp(r (dt + w)) - 1)`. The check of both others.
 */
export function exactTrainingRatio(job: CheckpointedJob, intervalS: number): number {
  const { failuresPerS: r, writeS, restartS } = job;
  if (r === 0) return intervalS / (intervalS + writeS);
  return (r * intervalS * Math.exp(-r * restartS)) / Math.expm1(r * (intervalS + writeS));
}

/**
 * Lives of a job from one failure to the next. What was trained since the last checkpoint that was
 * fully written is lost; a failure while restarting starts the restart anew.
 * @returns kept over total time, with its standard error (ratio estimator)
 */
function simulateTraining(
  job: CheckpointedJob,
  intervalS: number,
  failures: number = CHECKPOINTS.simulatedFailures.value,
  seed: number = CHECKPOINTS.seed.value,
): { ratio: number; error: number } {
  const { failuresPerS, writeS, restartS } = job;
  if (failuresPerS === 0) return { ratio: intervalS / (intervalS + writeS), error: 0 };
  const random = seededRandom(seed);
  let keptS = 0;
  let totalS = 0;
  const [kept, total] = [new Float64Array(failures), new Float64Array(failures)];
  for (let i = 0; i < failures; i++) {
    const aliveS = exponential(random, 1 / failuresPerS);
    const trainingS = Math.max(0, aliveS - restartS);
    kept[i] = intervalS * Math.floor(trainingS / (intervalS + writeS));
    total[i] = aliveS;
    keptS += kept[i];
    totalS += aliveS;
  }
  const ratio = keptS / totalS;
  let squares = 0;
  for (let i = 0; i < failures; i++) squares += (kept[i] - ratio * total[i]) ** 2;
  return { ratio, error: Math.sqrt(squares) / totalS };
}
