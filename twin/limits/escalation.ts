/**
 * Limits on one signal of a kind in one direction, from the mildest to the hardest: inlet above
 * 27 °C, above 35 °C. While a harder one fires, the milder ones say nothing that it does not.
 */
import type { Kind } from '../tables/kinds.ts';
import type { LimitRow } from '../tables/limit-row.ts';
import { LIMITS } from '../tables/limits.ts';
import type { Breach } from './judge.ts';

const SEVERITY_RANK = { info: 0, warning: 1, critical: 2 } as const;

/**
 * 1 for the mildest; undefined for a limit that stands alone. By severity, then as the rows stand in
 * the table: it is the same whatever values an inventory sets, so that outsiders may go by it.
 */
export function escalationOf(row: LimitRow, kind: Kind): number | undefined {
  const all = LIMITS.filter(
    other =>
      other.kind !== 'uniform' &&
      other.signal === row.signal &&
      other.compare === row.compare &&
      other.at.includes(kind),
  );
  if (all.length < 2 || !all.includes(row)) return undefined;
  const ranked = all.toSorted((a, b) => SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity]);
  return ranked.indexOf(row) + 1;
}

/** What each breach is superseded by: the hardest that fires on its entity, if it is a milder one. */
export function superseding(breaches: Iterable<Breach>): (breach: Breach) => Breach | undefined {
  const hardest = new Map<string, Breach>();
  for (const breach of breaches) {
    if (!breach.firing || breach.limit.escalation === undefined) continue;
    const known = hardest.get(keyOf(breach));
    if (!known || isMilder(known, breach)) hardest.set(keyOf(breach), breach);
  }
  return breach => {
    if (breach.limit.escalation === undefined) return undefined;
    const found = hardest.get(keyOf(breach));
    return found && isMilder(breach, found) ? found : undefined;
  };
}

const keyOf = ({ entity, limit }: Breach) => `${entity} ${limit.signal} ${limit.row.compare}`;

const isMilder = ({ limit: a }: Breach, { limit: b }: Breach) =>
  (a.escalation ?? 0) < (b.escalation ?? 0);
