/** One signal, large, with its limit as a meter and its age. */
import type { EntityState } from '../api/types.ts';
import { formatValue, titleOf, unitOf } from '../format.ts';
import { Meter } from './meter.tsx';
import { Age } from './quality-mark.tsx';

/** Full is as it should be. */
const NEUTRAL: ReadonlySet<string> = new Set([
  'utilRatio',
  'gpusAllocatedCount',
  'gpuMemUsedBytes',
]);

interface StatProps {
  readonly signal: string;
  readonly state: EntityState | undefined;
  readonly title?: string;
  /** In the signal's unit; the limit of the state answer is used without it. */
  readonly limit?: number;
}

export function Stat({ signal, state, title, limit }: StatProps) {
  const reading = state?.signals[signal];
  const value = reading?.value;
  const shown = formatValue(signal, value);
  const end = Number.isFinite(limit) ? limit : reading?.limit?.value;
  const isCapacity =
    end !== undefined && Number.isFinite(end) && end > 0 && reading?.limit?.compare !== 'min';
  const isShare = NEUTRAL.has(signal) || unitOf(signal) === 'Bytes';
  const limitShown = formatValue(signal, end);
  return (
    <div class={`tile ${reading?.limit?.breached ? 'tile-over' : ''}`}>
      <h3>{title ?? titleOf(signal)}</h3>
      <p class="big">
        <b>{shown.text}</b> <span class="unit">{shown.unit}</span>
      </p>
      {isCapacity && (
        <Meter
          value={typeof value === 'number' ? value : Number.NaN}
          limit={end}
          label={`${title ?? titleOf(signal)} of its limit`}
          isNeutral={NEUTRAL.has(signal)}
          isStale={reading?.quality === 'stale'}
        />
      )}
      <div class="foot">
        <Age quality={reading?.quality ?? 'missing'} ageS={reading?.ageS} />
        {isCapacity && (
          <span>
            {isShare ? 'of' : '≤'} {limitShown.text} {limitShown.unit}
          </span>
        )}
      </div>
    </div>
  );
}
