/** What the buckets of a histogram say of its values. */

/** Upper bound of a bucket (label `le`), and how many values were at or below it. */
export type Bucket = readonly [upTo: number, count: number];

/**
 * The value below which a share of the values lies, as `histogram_quantile` of Prometheus has it:
 * linear within a bucket, from 0 in the first one; the greatest finite bound for what is beyond it.
 * @param buckets cumulative, in any order; several of the same bound are added up
 * @param share 0 to 1
 * @returns undefined without values, or without the bucket of all (`+Inf`)
 */
export function quantileOf(buckets: Iterable<Bucket>, share: number): number | undefined {
  const counts = new Map<number, number>();
  for (const [upTo, count] of buckets) counts.set(upTo, (counts.get(upTo) ?? 0) + count);
  const total = counts.get(Number.POSITIVE_INFINITY) ?? 0;
  if (!(total > 0)) return undefined;
  const wanted = share * total;
  let [below, upToBelow] = [0, 0];
  for (const [upTo, count] of [...counts].sort(([a], [b]) => a - b)) {
    if (count >= wanted) {
      if (upTo === Number.POSITIVE_INFINITY || upTo <= 0) return Math.max(upToBelow, 0);
      return upToBelow + ((upTo - upToBelow) * (wanted - below)) / (count - below);
    }
    below = count;
    upToBelow = upTo;
  }
  return undefined;
}
