/** The site in one line: alerts, power, efficiency, GPUs, sources, freshness. */
import type { ComponentChildren } from 'preact';
import { useApp } from '../app-context.ts';
import { useTick } from '../clock.ts';
import { formatAge, formatCount, formatValue, signalOf } from '../format.ts';
import type { Reading } from '../live/columns.ts';
import { linkStore } from '../live/connection.ts';
import { useLive } from '../live/use-live.ts';
import { showPanel } from '../navigate.ts';
import { Meter } from '../parts/meter.tsx';
import { Age } from '../parts/quality-mark.tsx';
import { qualityOf } from '../quality.ts';
import { useStore } from '../store.ts';

const SIGNALS = [
  'powerW',
  'powerLimitW',
  'powerHeadroomN1W',
  'pueRatio',
  'gpusAllocatedCount',
  'gpusFreeCount',
  'gpusAllocatableCount',
  'inletTempC',
];

export function Summary() {
  useTick();
  const { floor } = useApp();
  const live = useLive({
    name: 'site',
    under: floor.site?.id,
    kind: 'site',
    indices: floor.site ? [floor.site.index] : [],
    signals: SIGNALS,
    loadedMs: floor.loadedMs,
  });
  const read = (signal: string) => live.read(signal, 0);
  return (
    <section class="summary" aria-label="Site summary">
      <AlertTile />
      <PowerTile read={read} />
      <Tile title="PUE" foot={<SignalAge signal="pueRatio" reading={read('pueRatio')} />}>
        <Big signal="pueRatio" value={read('pueRatio').value} />
      </Tile>
      <GpuTile read={read} />
      <Tile
        title="Hottest inlet"
        foot={<SignalAge signal="inletTempC" reading={read('inletTempC')} />}
      >
        <Big signal="inletTempC" value={read('inletTempC').value} />
      </Tile>
      <SourcesTile />
      <FreshTile />
    </section>
  );
}

interface TileProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly foot?: ComponentChildren;
  readonly tone?: 'over' | 'near' | undefined;
  readonly onClick?: () => void;
}

function Tile({ title, children, foot, tone, onClick }: TileProps) {
  const body = (
    <>
      <h3>{title}</h3>
      <p class="big">{children}</p>
      <div class="foot">{foot}</div>
    </>
  );
  const name = `tile ${tone ? `tile-${tone}` : ''}`;
  if (!onClick) return <div class={name}>{body}</div>;
  return (
    <button type="button" class={name} onClick={onClick}>
      {body}
    </button>
  );
}

function Big({ signal, value }: { signal: string; value: number }) {
  const shown = formatValue(signal, value);
  return (
    <>
      <b>{shown.text}</b> {shown.unit && <span class="unit">{shown.unit}</span>}
    </>
  );
}

function SignalAge({ signal, reading }: { signal: string; reading: Reading }) {
  const stale = signalOf(signal)?.staleAfterS;
  const bound = stale === undefined ? {} : { staleAfterS: stale };
  return <Age quality={qualityOf(reading.quality)} ageS={reading.ageS} {...bound} />;
}

type Read = (signal: string) => Reading;

function PowerTile({ read }: { read: Read }) {
  const power = read('powerW');
  const limit = read('powerLimitW').value;
  const spare = formatValue('powerHeadroomN1W', read('powerHeadroomN1W').value);
  return (
    <Tile
      title="Site power"
      foot={
        <>
          <SignalAge signal="powerW" reading={power} />
          <span>
            N-1 headroom {spare.text} {spare.unit}
          </span>
        </>
      }
    >
      <Big signal="powerW" value={power.value} />
      {Number.isFinite(limit) && (
        <span class="unit">
          {' '}
          of {formatValue('powerW', limit).text} {formatValue('powerW', limit).unit}
        </span>
      )}
      <Meter value={power.value} limit={limit} label="Site power of its limit" />
    </Tile>
  );
}

function GpuTile({ read }: { read: Read }) {
  const used = read('gpusAllocatedCount');
  const free = read('gpusFreeCount').value;
  const all = read('gpusAllocatableCount').value;
  return (
    <Tile
      title="GPUs allocated"
      foot={
        <>
          <SignalAge signal="gpusAllocatedCount" reading={used} />
          <span>{Number.isNaN(free) ? '–' : formatCount(free)} free</span>
        </>
      }
    >
      <Big signal="gpusAllocatedCount" value={used.value} />
      {Number.isFinite(all) && <span class="unit"> of {formatCount(all)}</span>}
      <Meter value={used.value} limit={all} label="GPUs allocated of those allocatable" isNeutral />
    </Tile>
  );
}

/** First, since it is what brings people here at night. */
function AlertTile() {
  const { alerts, status } = useApp();
  const counts = status?.counts.alerts;
  const critical = alerts.filter(
    ({ state, severity }) => state === 'firing' && severity === 'critical',
  ).length;
  return (
    <Tile
      title="Alerts"
      tone={counts && counts.firing > 0 ? 'over' : undefined}
      foot={
        counts ? `${formatCount(critical)} critical, ${formatCount(counts.pending)} pending` : '–'
      }
      onClick={() => showPanel('alerts')}
    >
      <b>{formatCount(counts?.firing)}</b> <span class="unit">firing</span>
    </Tile>
  );
}

function SourcesTile() {
  const { status } = useApp();
  const sources = status?.counts.sources;
  const bad = (sources?.down ?? 0) + (sources?.degraded ?? 0);
  return (
    <Tile
      title="Sources"
      foot={
        <span class={bad > 0 ? 'tone-text-over' : ''}>
          {sources ? `${sources.degraded} degraded, ${sources.down} down` : '–'}
        </span>
      }
      onClick={() => showPanel('sources')}
    >
      <b>{formatCount(sources?.up)}</b> <span class="unit">up</span>
    </Tile>
  );
}

function FreshTile() {
  const link = useStore(linkStore);
  const { status } = useApp();
  const ageS = link.lastFrameMs > 0 ? (Date.now() - link.lastFrameMs) / 1000 : undefined;
  const unmatched = status?.counts.unmatched;
  return (
    <Tile
      title="Last frame"
      tone={ageS !== undefined && ageS > 20 ? 'over' : undefined}
      foot={`generation ${status?.generation ?? '–'}, ${formatCount(unmatched)} unmatched`}
      onClick={() => showPanel('unmatched')}
    >
      <b>{formatAge(ageS)}</b> <span class="unit">ago</span>
    </Tile>
  );
}
