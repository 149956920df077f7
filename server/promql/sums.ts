/** Sums that do not lose the small beside the large (Neumaier). */

export interface Sum {
  sum: number;
  /** What rounding has taken away. */
  rest: number;
}

export const newSum = (): Sum => ({ sum: 0, rest: 0 });

export function addTo(into: Sum, value: number): void {
  const total = into.sum + value;
  if (Number.isFinite(total)) {
    into.rest +=
      Math.abs(into.sum) >= Math.abs(value) ? into.sum - total + value : value - total + into.sum;
  } else into.rest = 0;
  into.sum = total;
}

export const totalOf = ({ sum, rest }: Readonly<Sum>) => (Number.isFinite(sum) ? sum + rest : sum);

/** Of values sorted ascending, NaN first; linear between neighbours. */
export function quantileOf(sorted: ArrayLike<number>, phi: number): number {
  const { length } = sorted;
  if (length === 0 || Number.isNaN(phi)) return Number.NaN;
  if (phi < 0) return Number.NEGATIVE_INFINITY;
  if (phi > 1) return Number.POSITIVE_INFINITY;
  const rank = phi * (length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return sorted[lower] * (1 - weight) + sorted[upper] * weight;
}

/** In place: ascending, NaN first. */
export function sortValues(values: Float64Array): Float64Array {
  values.sort();
  // Typed arrays put NaN last.
  let nan = 0;
  while (nan < values.length && Number.isNaN(values[values.length - 1 - nan])) nan++;
  if (nan > 0) {
    values.copyWithin(nan, 0, values.length - nan);
    values.fill(Number.NaN, 0, nan);
  }
  return values;
}
