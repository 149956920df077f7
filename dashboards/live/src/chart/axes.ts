/** Axes in the unit that suits the numbers on them. */
import type uPlot from 'uplot';
import { ticks } from '../colour/domain.ts';
import { formatNumber, scaleFor, unitOf } from '../format.ts';
import type { ChartColours } from './colours.ts';

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const DAY_S = 86_400;

export function axesFor(signal: string, colours: ChartColours): uPlot.Axis[] {
  const common = {
    stroke: colours.axis,
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { show: false },
  };
  return [
    {
      ...common,
      grid: { show: false },
      space: 64,
      size: 26,
      values: (_plot, splits, _axis, _space, incr) =>
        splits.map(at => (incr >= DAY_S ? DAY : CLOCK).format(new Date(at * 1000))),
    },
    {
      ...common,
      size: 58,
      splits: (_plot, _axis, low, high) => ticks(low, high, 4),
      values: (_plot, splits) => valueLabels(splits, signal),
    },
  ];
}

function valueLabels(splits: readonly number[], signal: string): string[] {
  const most = Math.max(...splits.map(Math.abs));
  const scale = scaleFor(unitOf(signal), most, signal);
  return splits.map((value, at) => {
    const text = formatNumber(value * scale.factor);
    return at === splits.length - 1 && scale.symbol ? `${text} ${scale.symbol}` : text;
  });
}

/** Room above and below, the limit within sight when it is near. */
export function rangeWith(limit: number | undefined): uPlot.Scale['range'] {
  return (_plot, low, high) => {
    if (low === null || high === null) return [0, 1];
    const isNear = limit !== undefined && limit < high + (high - low + Math.abs(high) * 0.05) * 4;
    const top = isNear ? Math.max(high, limit) : high;
    const pad = (top - low || Math.abs(top) || 1) * 0.08;
    return [low - pad, top + pad];
  };
}
