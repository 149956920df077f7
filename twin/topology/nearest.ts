/** Less alike than this, a candidate would be a riddle and no help: `colour`, `loadW`. */
const ALIKE_RATIO = 0.3;

/** `; did you mean 'x'?` with the candidate that shares most letter pairs; empty if none is alike. */
export function meant(text: string, candidates: readonly string[]): string {
  const pairs = (word: string) =>
    new Set(Array.from({ length: word.length - 1 }, (_, i) => word.slice(i, i + 2).toLowerCase()));
  const wanted = pairs(text);
  const score = (candidate: string) => {
    const have = pairs(candidate);
    return (2 * [...wanted].filter(pair => have.has(pair)).length) / (wanted.size + have.size);
  };
  const near = candidates.reduce((best, next) => (score(next) > score(best) ? next : best), '');
  return score(near) >= ALIKE_RATIO ? `; did you mean '${near}'?` : '';
}
