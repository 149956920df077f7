/** Which tier answers for which stretch of time. */
import type { Checkpoint } from './checkpoint.ts';
import type { TierSpan } from './contract.ts';
import { ROLLUPS, TIERS, type Tier } from './tiers.ts';

type State = Pick<Checkpoint, 'keptFromMs' | 'rolledToMs'>;

/**
 * Tiers for steps of a width, best first: roll-ups that fit into a step, coarsest first, then raw
 * samples; where those are gone, what is left, finest first.
 */
export function tiersForStep(stepMs: number): readonly Tier[] {
  return ordered(tier => stepMs % tier.stepMs === 0);
}

/** Where one value in so many milliseconds is enough. */
export function tiersForSpacing(spacingMs: number): readonly Tier[] {
  return ordered(tier => tier.stepMs <= spacingMs);
}

function ordered(isFine: (tier: Tier) => boolean): readonly Tier[] {
  const fine = ROLLUPS.filter(isFine).toReversed();
  return [...fine, TIERS[0], ...ROLLUPS.filter(tier => !isFine(tier))];
}

/** Stretches of one tier each, in order; what nothing is kept of is left out. */
export function spansOf(
  [fromMs, toMs]: readonly [number, number],
  preferred: readonly Tier[],
  state: State,
): readonly TierSpan[] {
  const reach = preferred.map(tier => ({ tier, within: reachOf(tier, state) }));
  const cuts = [fromMs, toMs, ...reach.flatMap(({ within }) => within)]
    .filter(ms => ms >= fromMs && ms <= toMs)
    .toSorted((a, b) => a - b);
  const spans: TierSpan[] = [];
  for (let i = 1; i < cuts.length; i++) {
    const [start, end] = [cuts[i - 1], cuts[i]];
    if (start === end) continue;
    const found = reach.find(({ within }) => within[0] <= start && end <= within[1]);
    if (!found) continue;
    const before = spans.at(-1);
    if (before?.tier === found.tier.id && before.toMs === start) {
      spans[spans.length - 1] = { ...before, toMs: end };
    } else spans.push({ tier: found.tier.id, fromMs: start, toMs: end });
  }
  return spans;
}

function reachOf({ id, stepMs }: Tier, { keptFromMs, rolledToMs }: State) {
  const fromMs = keptFromMs[id] ?? Number.NEGATIVE_INFINITY;
  const toMs = stepMs === 0 ? Number.POSITIVE_INFINITY : (rolledToMs ?? Number.NEGATIVE_INFINITY);
  return [fromMs, toMs] as const;
}
