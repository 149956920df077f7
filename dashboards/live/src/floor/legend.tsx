/** Scale of the floor: colours with unit and limit, how many racks lie where, and the qualities. */
import { ticks } from '../colour/domain.ts';
import { formatCount, formatNumber, scaleFor, titleOf, unitOf, valueText } from '../format.ts';
import { type Cells, histogram } from './cells.ts';
import type { Palette } from './palette.ts';

const WIDTH = 300;
const BAR_Y = 22;
const BAR_HEIGHT = 9;
const BINS = 44;
const HEIGHT = 46;

interface LegendProps {
  readonly cells: Cells;
  readonly palette: Palette;
  /** The limits have not been told yet. */
  readonly isWaiting: boolean;
}

export function Legend({ cells, palette, isWaiting }: LegendProps) {
  const { counts } = cells;
  return (
    <section class="legend" aria-label="Legend">
      <h3>
        {titleOf(cells.signal)}
        <br />
        <span class="quiet">{isWaiting ? 'loading limits …' : limitText(cells)}</span>
      </h3>
      <ScaleBar cells={cells} palette={palette} />
      <ul class="legend-keys">
        <li>
          <i class="key key-fresh" /> {formatCount(counts.current)} current
        </li>
        <li>
          <i class="key key-stale" /> {formatCount(counts.stale)} stale
        </li>
        <li>
          <i class="key key-missing" /> {formatCount(counts.missing)} missing
        </li>
        {counts.modelled > 0 && (
          <li>
            <i class="key key-modelled" /> {formatCount(counts.modelled)} modelled
          </li>
        )}
        {cells.domain.limit !== undefined && (
          <li class={counts.breached > 0 ? 'is-breached' : ''}>
            <i class="key key-breach" /> {formatCount(counts.breached)} beyond limit
          </li>
        )}
      </ul>
    </section>
  );
}

function limitText({ domain, isRelative, signal, limits, limitOf }: Cells): string {
  if (isRelative) return 'part of each limit';
  if (domain.limit === undefined) return 'no limit here';
  const known = limits.filter(limit => Number.isFinite(limit));
  const isOne = known.every(limit => limit === known[0]);
  const sign = domain.isFlipped ? '≥' : '≤';
  return `limit ${sign} ${valueText(signal, domain.limit)}${
    limitOf ? ` of ${limitOf}` : isOne ? '' : ' and others'
  }`;
}

function ScaleBar({ cells, palette }: { cells: Cells; palette: Palette }) {
  const { domain } = cells;
  const { low, high, limit, isFlipped } = domain;
  const unit = cells.isRelative ? 'Ratio' : unitOf(cells.signal);
  const scale = scaleFor(unit, Math.max(Math.abs(low), Math.abs(high)), cells.signal);
  const xOf = (value: number) => ((value - low) / (high - low)) * WIDTH;
  const swatches = palette.ramps[domain.ramp];
  const end = limit !== undefined && !isFlipped ? xOf(limit) : WIDTH;
  const start = limit !== undefined && isFlipped ? xOf(limit) : 0;
  const step = (end - start) / swatches.length;
  const marks = ticks(low, high, 4);
  return (
    <svg class="scale" viewBox={`-10 0 ${WIDTH + 50} ${HEIGHT}`} role="img">
      <title>
        {`From ${formatNumber(low * scale.factor)} to ${formatNumber(high * scale.factor)} ${
          scale.symbol
        }${limit === undefined ? '' : `, limit ${formatNumber(limit * scale.factor)}`}`}
      </title>
      <Bins cells={cells} />
      <rect x="0" y={BAR_Y} width={WIDTH} height={BAR_HEIGHT} fill={palette.breach.css} />
      {swatches.map((swatch, at) => (
        <rect
          shape-rendering="crispEdges"
          key={at}
          x={start + step * (isFlipped ? swatches.length - 1 - at : at)}
          y={BAR_Y}
          width={step + 0.5}
          height={BAR_HEIGHT}
          fill={swatch.css}
        />
      ))}
      {limit !== undefined && (
        <path class="scale-limit" d={`M${xOf(limit)} ${BAR_Y - 4}v${BAR_HEIGHT + 8}`} />
      )}
      {marks.map(mark => (
        <text key={mark} class="scale-tick" x={xOf(mark)} y={HEIGHT - 4}>
          {formatNumber(mark * scale.factor)}
        </text>
      ))}
      <text class="scale-unit" x={WIDTH + 10} y={BAR_Y + BAR_HEIGHT}>
        {scale.symbol}
      </text>
    </svg>
  );
}

function Bins({ cells }: { cells: Cells }) {
  const bins = histogram(cells, BINS);
  const most = Math.max(1, ...bins);
  const width = WIDTH / BINS;
  return (
    <g class="scale-bins">
      {bins.map((count, at) => {
        const height = count === 0 ? 0 : 2 + (count / most) * (BAR_Y - 6);
        return (
          <rect key={at} x={at * width} y={BAR_Y - 2 - height} width={width - 1} height={height} />
        );
      })}
    </g>
  );
}
