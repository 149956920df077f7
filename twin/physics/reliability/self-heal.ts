/**
 * Healing of a suspected host as a semi-Markov chain: what becomes of it, and how long it is away.
 *
 * Warning -> Migrating (in time) or Failed (too late); Migrating -> Healthy or Faulty;
 * Failed, Faulty -> Repair -> Burn-in -> Healthy. Times are means; their shape does not matter for
 * mean times and shares of time.
 */
import type { Figure } from '../../tables/catalogue.ts';
import { SELF_HEAL } from '../../tables/physics/reliability.ts';

interface Healing {
  /** Chance that a warning leads to a migration before the host fails, 0-1. */
  readonly predictedRatio: number;
  /** Chance that a migration ends well, 0-1. */
  readonly migratedRatio: number;
  readonly detectS: number;
  readonly decideS: number;
  readonly migrateS: number;
  readonly verifyS: number;
  /** Until a spare is in place, and until it may serve. */
  readonly repairS: number;
  readonly burnInS: number;
}

interface HealingFigures {
  /** From a warning to healthy when all goes well, and in how many cases it does. */
  readonly fastPathS: number;
  readonly fastPathRatio: number;
  /** From a warning to healthy, over all cases. */
  readonly meanS: number;
  readonly repairRatio: number;
  /** Part of the time that a host is healthy, for so many warnings per second. */
  readonly healthyRatio: number;
  /** Same with false alarms left out: what they cost is the difference. */
  readonly healthyRatioWithoutFalseAlarms: number;
}

/** The figures as quoted, with a repair of four hours. */
export const QUOTED_HEALING: Healing = Object.fromEntries(
  Object.entries(SELF_HEAL).map(([name, figure]: [string, Figure]) => [name, figure.value]),
) as unknown as Healing;

/**
 * @param warningsPerS warnings of one host, true and false
 * @param precisionRatio part of the warnings that are true; a false one costs the fast path alone
 */
export function healingFigures(
  healing: Healing = QUOTED_HEALING,
  warningsPerS = 0,
  precisionRatio = 1,
): HealingFigures {
  checkHealing(healing, warningsPerS, precisionRatio);
  const { predictedRatio, migratedRatio, detectS, decideS, migrateS, verifyS } = healing;
  const warnedS = detectS + decideS;
  const movedS = migrateS + verifyS;
  const fastPathS = warnedS + movedS;
  const fastPathRatio = predictedRatio * migratedRatio;
  const repairRatio = 1 - fastPathRatio;
  const meanS =
    warnedS + predictedRatio * movedS + repairRatio * (healing.repairS + healing.burnInS);
  const truePerS = precisionRatio * warningsPerS;
  const falsePerS = warningsPerS - truePerS;
  return {
    fastPathS,
    fastPathRatio,
    meanS,
    repairRatio,
    // Renewal: a mean healthy time of 1/warnings, then the mean time away.
    healthyRatio: 1 / (1 + truePerS * meanS + falsePerS * fastPathS),
    healthyRatioWithoutFalseAlarms: 1 / (1 + truePerS * meanS),
  };
}

function checkHealing(healing: Healing, warningsPerS: number, precisionRatio: number) {
  for (const [name, value] of Object.entries({ ...healing, warningsPerS, precisionRatio })) {
    const isRatio = name.endsWith('Ratio');
    if (!(value >= 0) || !Number.isFinite(value) || (isRatio && value > 1)) {
      throw new RangeError(`${name} is ${value}; it must be ${isRatio ? '0 to 1' : '0 or more'}`);
    }
  }
}

/**
 * Concurrent migrations for a token rate: they stay `rate x duration` (Little's law), so a limit on
 * how many run at once needs a semaphore too, or a rate of `limit / duration`.
 */
export const concurrentMigrations = (startsPerS: number, durationS: number) =>
  startsPerS * durationS;
