/** Rows of one series in order of time. */

/** Whether each instant is behind the one before. */
export function isAscending(times: Float64Array, start: number, end: number): boolean {
  for (let i = start + 1; i < end; i++) if (times[i] <= times[i - 1]) return false;
  return true;
}

/** Stable: what came last stays last among its like. */
export function sortRows(times: Float64Array, values: Float64Array, start: number, end: number) {
  if (isAscending(times, start, end)) return;
  const part = { times: times.slice(start, end), values: values.slice(start, end) };
  const order = Uint32Array.from({ length: end - start }, (_, i) => i);
  order.sort((a, b) => part.times[a] - part.times[b] || a - b);
  for (let i = 0; i < order.length; i++) {
    times[start + i] = part.times[order[i]];
    values[start + i] = part.values[order[i]];
  }
}

/**
 * Puts samples in order of time, each instant once: of those of one instant the one that came last
 * counts, and an end of the series gives way to a value.
 * @returns how many are left
 */
export function inOrder(times: Float64Array, values: Float64Array, count: number): number {
  if (isAscending(times, 0, count)) return count;
  sortRows(times, values, 0, count);
  let to = 0;
  for (let i = 0; i < count; i++) {
    const isRepeat = to > 0 && times[to - 1] === times[i];
    if (isRepeat && Number.isNaN(values[i])) continue;
    if (isRepeat) to--;
    times[to] = times[i];
    values[to++] = values[i];
  }
  return to;
}
