/** The last hour of one signal, from the history the server keeps. */
import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { query } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { History } from '../api/types.ts';
import { twinNowMs } from '../clock.ts';
import { titleOf } from '../format.ts';
import { axesFor, rangeWith } from './axes.ts';
import { Chart } from './chart.tsx';
import type { ChartColours } from './colours.ts';

const HOUR_S = 3600;
const HISTORY_EVERY_S = 15;
const POINTS_WANTED = 360;
const MIN_STEP_S = 60;

export type Points = History['points'];

interface HistoryOptions {
  readonly everyS?: number;
  /** How far back, seconds; an hour unless given. */
  readonly spanS?: number;
}

export function useHistory(
  entity: string | undefined,
  signal: string | undefined,
  { everyS = HISTORY_EVERY_S, spanS = HOUR_S }: HistoryOptions = {},
) {
  const stepS = Math.max(MIN_STEP_S, Math.ceil(spanS / POINTS_WANTED / MIN_STEP_S) * MIN_STEP_S);
  const path = `history?${query({ entity, signal, stepS })}`;
  const more = () => `&from=${new Date(twinNowMs() - spanS * 1000).toISOString()}`;
  return useResource<History>(entity && signal ? path : undefined, { everyS, more });
}

const columnsOf = (points: Points): uPlot.AlignedData => [
  points.map(([atMs]) => atMs / 1000),
  points.map(([, value]) => value),
];

interface HistoryChartProps {
  readonly entity: string;
  readonly signal: string;
  readonly limit?: number;
  /** What this page saw itself: shown where the server keeps no history. */
  readonly trace?: Points;
}

export function HistoryChart({ entity, signal, limit, trace = [] }: HistoryChartProps) {
  const history = useHistory(entity, signal);
  const kept = history.value?.points ?? [];
  const isKept = kept.filter(([, value]) => value !== null).length > 1;
  const points = isKept ? kept : trace;
  const columns = useMemo(() => columnsOf(points), [points]);
  const build = (colours: ChartColours) => ({
    legend: { show: false },
    cursor: { y: false },
    axes: axesFor(signal, colours),
    scales: { y: { range: rangeWith(limit) ?? 'auto' } } as uPlot.Scales,
    series: [
      {},
      { label: titleOf(signal), stroke: colours.line, width: 1.5, points: { show: false } },
    ],
    hooks: limit === undefined ? {} : { draw: [limitLine(limit, colours.limit)] },
  });
  return (
    <>
      <h2>
        {titleOf(signal)}{' '}
        <span class="quiet">{isKept ? 'last hour' : 'since this page was opened'}</span>
      </h2>
      {points.length < 2 ? (
        <p class="quiet">No past of it yet.</p>
      ) : (
        <Chart
          label={`History of ${titleOf(signal)}`}
          height={170}
          columns={columns}
          build={build}
          kind={`${signal} ${limit}`}
        />
      )}
    </>
  );
}

/** A dashed line across the plot at a value. */
export function limitLine(limit: number, colour: string): (plot: uPlot) => void {
  return plot => {
    const y = plot.valToPos(limit, 'y', true);
    const { left, top, width, height } = plot.bbox;
    if (y < top || y > top + height) return;
    const pen = plot.ctx;
    pen.save();
    pen.strokeStyle = colour;
    pen.lineWidth = devicePixelRatio * 1.25;
    pen.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    pen.beginPath();
    pen.moveTo(left, y);
    pen.lineTo(left + width, y);
    pen.stroke();
    pen.restore();
  };
}
