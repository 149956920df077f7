/** The candidate that shares the most letter pairs with the text, for "did you mean". */
export function nearest(text: string, candidates: readonly string[]): string {
  const pairs = (word: string) =>
    new Set(Array.from({ length: word.length - 1 }, (_, i) => word.slice(i, i + 2).toLowerCase()));
  const wanted = pairs(text);
  const score = (candidate: string) => {
    const have = pairs(candidate);
    return (2 * [...wanted].filter(pair => have.has(pair)).length) / (wanted.size + have.size);
  };
  return candidates.reduce((best, next) => (score(next) > score(best) ? next : best), '');
}
