/** History and forecast on one time axis, as uPlot wants them. */

type Column = (number | null)[];
type ForecastColumns = [number[], Column, Column, Column, Column];

interface Point {
  readonly at: string;
  readonly yhat: number;
  readonly yhatLower: number;
  readonly yhatUpper: number;
}

/** History longer than the horizon would squeeze the forecast into a corner: it is cut to it. */
export function forecastColumns(
  history: readonly (readonly [atMs: number, value: number | null])[],
  points: readonly Point[],
): ForecastColumns {
  const times = points.map(point => Date.parse(point.at));
  const spanMs = times.length > 0 ? times[times.length - 1] - times[0] : 0;
  const fromMs = times.length > 0 ? times[0] - spanMs : 0;
  const past = history.filter(([atMs]) => atMs >= fromMs && !(atMs >= times[0]));
  const lastValue = past.at(-1)?.[1] ?? null;
  const before = past.map((_, at) => (at === past.length - 1 ? lastValue : null));
  return [
    [...past.map(([atMs]) => atMs / 1000), ...times.map(atMs => atMs / 1000)],
    [...past.map(([, value]) => value), ...points.map(() => null)],
    [...before, ...points.map(point => point.yhat)],
    [...before, ...points.map(point => point.yhatUpper)],
    [...before, ...points.map(point => point.yhatLower)],
  ];
}
