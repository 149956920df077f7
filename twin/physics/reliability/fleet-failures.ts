/** What will break in a fleet, and how many spares that takes. */
import { KINDS, type Kind } from '../../tables/kinds.ts';
import { FAILURES, type FailureRow, HOURS_PER_YEAR } from '../../tables/physics/reliability.ts';
import type { Topology } from '../../topology/topology.ts';

interface ExpectedFailures {
  readonly kind: Kind;
  readonly count: number;
  readonly failuresPerYear: number;
  /** How many are out at once, on the mean. */
  readonly outMean: number;
}

/** Kinds that fail and are there, as `KINDS` sorts them. Rows overlap: a host's has its GPUs. */
export function expectedFailures(
  topology: Pick<Topology, 'kindStart'>,
  rows: readonly FailureRow[] = FAILURES,
): ExpectedFailures[] {
  return KINDS.flatMap(({ id: kind }, k) => {
    const count = topology.kindStart[k + 1] - topology.kindStart[k];
    const row = rows.find(each => each.kind === kind);
    if (!row || count === 0) return [];
    const failuresPerYear = count * row.failuresPerYear.value;
    const outMean = (failuresPerYear * row.repairH.value) / HOURS_PER_YEAR;
    return [{ kind, count, failuresPerYear, outMean }];
  });
}

/**
 * The least number of spares that is enough but for a given risk, for failures that come one by
 * one: the quantile of a Poisson count.
 * @param outMean needed at once on the mean (failures until a spare is replaced), 0 to 700
 * @param riskRatio chance of being short, above 0 and below 1
 */
export function sparesFor(outMean: number, riskRatio: number): number {
  if (!(outMean >= 0 && outMean <= 700)) throw new RangeError(`outMean ${outMean}: 0 to 700`);
  if (!(riskRatio > 0 && riskRatio < 1)) throw new RangeError(`riskRatio ${riskRatio}: 0 to 1`);
  let chance = Math.exp(-outMean);
  let enough = chance;
  let spares = 0;
  // The tail vanishes in rounding before it is under the smallest risk: then it is enough.
  while (1 - enough > riskRatio && chance > Number.MIN_VALUE) {
    spares++;
    chance *= outMean / spares;
    enough += chance;
  }
  return spares;
}
