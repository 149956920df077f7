/** Small questions about a series with gaps (NaN), shared by the models. */

/** Last present value; NaN when there is none. */
export function lastPresent(series: Float64Array): number {
  for (let i = series.length - 1; i >= 0; i--) if (!Number.isNaN(series[i])) return series[i];
  return Number.NaN;
}

export function presentCount(series: Float64Array): number {
  let count = 0;
  for (const value of series) if (!Number.isNaN(value)) count++;
  return count;
}

/** Smallest and largest present value; [NaN, NaN] when there is none. */
export function extent(series: Float64Array): readonly [min: number, max: number] {
  let min = Number.NaN;
  let max = Number.NaN;
  for (const value of series) {
    if (Number.isNaN(value)) continue;
    if (!(value >= min)) min = value;
    if (!(value <= max)) max = value;
  }
  return [min, max];
}

/** The last `length` entries, but as many more as it takes to hold `needed` present points. */
export function tail(series: Float64Array, length: number, needed: number): Float64Array {
  let start = series.length;
  let present = 0;
  while (start > 0 && (series.length - start < length || present < needed)) {
    start--;
    if (!Number.isNaN(series[start])) present++;
  }
  return series.subarray(start);
}

/** Present points of a series: `x` is the step relative to its last entry (so x <= 0). */
export function points(series: Float64Array): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  for (let i = 0; i < series.length; i++) {
    if (Number.isNaN(series[i])) continue;
    x.push(i - series.length + 1);
    y.push(series[i]);
  }
  return { x, y };
}

/** Gaps closed: inner ones by a straight line, outer ones by the nearest present value. */
export function filled(series: Float64Array): Float64Array {
  const out = series.slice();
  let before = -1;
  for (let i = 0; i < out.length; i++) {
    if (Number.isNaN(series[i])) continue;
    const from = before < 0 ? series[i] : series[before];
    for (let gap = before + 1; gap < i; gap++) {
      out[gap] = from + ((series[i] - from) * (gap - before)) / (i - before);
    }
    before = i;
  }
  if (before >= 0) out.fill(series[before], before + 1);
  return out;
}
