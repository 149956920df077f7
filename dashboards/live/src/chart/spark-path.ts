/**
 * SVG path of a series, scaled into a box. A gap in the series is a gap in the path. A series that
 * hardly moves is drawn flat: noise must not look like a trend.
 */
const FLAT_RATIO = 0.002;

export function sparkPath(
  points: readonly (readonly [atMs: number, value: number | null])[],
  width: number,
  height: number,
): string {
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  if (values.length < 2) return '';
  const low = Math.min(...values);
  const high = Math.max(...values);
  const isFlat = high - low <= FLAT_RATIO * Math.max(Math.abs(high), Math.abs(low));
  const from = points[0][0];
  const span = points[points.length - 1][0] - from || 1;
  const pad = 1.5;
  const yOf = (value: number) =>
    isFlat ? height / 2 : height - pad - ((value - low) / (high - low)) * (height - 2 * pad);
  let isPenDown = false;
  let path = '';
  for (const [atMs, value] of points) {
    if (value === null) {
      isPenDown = false;
      continue;
    }
    const x = ((atMs - from) / span) * width;
    path += `${isPenDown ? 'L' : 'M'}${x.toFixed(1)} ${yOf(value).toFixed(1)}`;
    isPenDown = true;
  }
  return path;
}
