/** The card beside a rack: the chosen signal and the few that always matter. */
import { useApp } from '../app-context.ts';
import { clockSpeed, useTick } from '../clock.ts';
import { ratioText, signalOf, titleOf } from '../format.ts';
import { NO_READING, type Reading, readingAt } from '../live/columns.ts';
import { Age } from '../parts/quality-mark.tsx';
import { Value } from '../parts/value.tsx';
import { qualityOf } from '../quality.ts';
import { useStore } from '../store.ts';
import { canRelate } from './signals.ts';
import type { FloorLive } from './use-floor.ts';

interface TooltipProps {
  readonly rack: string;
  readonly slot: number;
  readonly signal: string;
  readonly live: FloorLive;
  readonly place: { x: number; y: number; width: number; height: number };
  readonly bounds: { width: number; height: number };
}

const WIDTH = 252;
const HEIGHT_GUESS = 190;

export function Tooltip({ rack, slot, signal, live, place, bounds }: TooltipProps) {
  useTick();
  useStore(live.cells);
  const { floor, alerts } = useApp();
  const entity = floor.racks[slot];
  const now = { ms: Date.now(), speed: clockSpeed() };
  const read = (id: string): Reading =>
    slot < 0 ? NO_READING : readingAt(live.columns, id, slot, now);
  const limit = live.limits.get().values[slot];
  const firing = alerts.filter(alert => alert.state === 'firing' && alert.place?.rack === rack);
  const isRight = place.x + place.width + WIDTH + 16 < bounds.width;
  const left = isRight ? place.x + place.width + 10 : Math.max(4, place.x - WIDTH - 10);
  const top = Math.max(4, Math.min(place.y, bounds.height - HEIGHT_GUESS));
  const others = ['powerW', 'inletTempC'].filter(id => id !== signal);
  return (
    <div class="tooltip" style={{ left: `${left}px`, top: `${top}px`, width: `${WIDTH}px` }}>
      <h4>
        {entity?.title || rack} <span class="quiet">{entity?.class ?? ''}</span>
      </h4>
      <dl>
        <Row signal={signal} reading={read(signal)} isMain />
        {Number.isFinite(limit) && (
          <>
            <dt>limit</dt>
            <dd>
              <Value signal={signal} value={limit} />
            </dd>
            <dd class="quiet">{canRelate(signal) ? ratioText(read(signal).value / limit) : ''}</dd>
          </>
        )}
        {others.map(id => (
          <Row key={id} signal={id} reading={read(id)} />
        ))}
        <dt>GPUs free</dt>
        <dd>
          <Value signal="gpusFreeCount" value={read('gpusFreeCount').value} />
          <span class="unit"> of {gpuCount(read)}</span>
        </dd>
        <dd />
      </dl>
      {firing.slice(0, 2).map(alert => (
        <p key={alert.id} class={`alert-line severity-${alert.severity}`}>
          {alert.summary}
        </p>
      ))}
      {firing.length > 2 && <p class="quiet">and {firing.length - 2} more alerts</p>}
    </div>
  );
}

function gpuCount(read: (id: string) => Reading): string {
  const count = read('gpusFreeCount').value + read('gpusAllocatedCount').value;
  return Number.isNaN(count) ? '–' : String(count);
}

function Row({ signal, reading, isMain }: { signal: string; reading: Reading; isMain?: boolean }) {
  const stale = signalOf(signal)?.staleAfterS;
  return (
    <>
      <dt>{titleOf(signal)}</dt>
      <dd class={isMain ? 'main' : ''}>
        <Value signal={signal} value={reading.value} />
      </dd>
      <dd>
        <Age
          quality={qualityOf(reading.quality)}
          ageS={reading.ageS}
          {...(stale === undefined ? {} : { staleAfterS: stale })}
        />
      </dd>
    </>
  );
}
