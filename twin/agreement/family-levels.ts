/** What is usual for a family of equations: of the table at first, and then what its members show. */
import { AGREEMENT, type BalanceRow } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';

/** Median absolute deviation to standard deviation. */
export const MAD_SCALE = 1.4826;
const MIN_FAMILY = LEARNING.leastFamily.value;
const FEW_FAULTY = LEARNING.fewFaulty.value;
const MOST_LEARNT_NATS = LEARNING.mostLearntNats.value;

export interface FamilyLevel {
  centre: number;
  spread: number;
  wander: number;
  noise: number;
  /** Blocks of members seen, and of them those beyond what few faulty sensors would make. */
  seen: number;
  strange: number;
  readonly aliased: number;
}

/** Of members that have been seen long enough, in one block. */
export interface FamilySample {
  readonly levels: number[];
  readonly noises: number[];
  /** How far the levels are from their own past, of those that have one. */
  readonly moves: number[];
}

export const familyLevel = (row: BalanceRow): FamilyLevel => ({
  ...{ centre: row.level.value, spread: row.spread.value },
  ...{ wander: row.wander.value, noise: row.wander.value, seen: 0, strange: 0 },
  aliased: row.aliased.value,
});

export function learnFamily(
  family: FamilyLevel,
  row: BalanceRow,
  { levels, noises, moves }: FamilySample,
): void {
  if (levels.length < MIN_FAMILY) return;
  learnOdds(family, levels);
  const centre = middle(levels);
  const bound = 2 * row.spread.value;
  const { value: usual } = row.level;
  family.centre = row.fitted ? centre : Math.max(usual - bound, Math.min(usual + bound, centre));
  const spread = MAD_SCALE * middle(levels.map(level => Math.abs(level - centre)));
  family.spread = Math.max(row.leastSpread.value * row.spread.value, spread);
  family.noise = middle(noises);
  if (moves.length >= MIN_FAMILY) {
    family.wander = Math.max(row.wander.value, MAD_SCALE * middle(moves));
  }
}

/** Counts members far from the others; the few that sensors may explain are left out. */
function learnOdds(family: FamilyLevel, levels: readonly number[]) {
  const { centre, spread } = family;
  const least = AGREEMENT.triggerZ.value * spread;
  const far = levels.filter(level => Math.abs(level - centre) > least).length;
  family.seen += levels.length;
  family.strange += Math.max(0, far - FEW_FAULTY);
}

/** Price of a physical cause, nats: of the table, or more where none has been seen for long. */
export function physicalNats(row: BalanceRow, { seen, strange }: FamilyLevel): number {
  const given = row.physicalNats.value;
  const learnt = Math.log((seen + 1) / (strange + 1));
  return Math.max(given, Math.min(given + MOST_LEARNT_NATS, learnt));
}

function middle(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1];
}
