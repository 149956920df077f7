/** The rack from the front: units from the floor up, each host with power, inlet and its GPUs. */
import { useMemo } from 'preact/hooks';
import { figureOf, useEntitiesUnder, useEntity } from '../api/hooks.ts';
import type { Entity, EntityDetail } from '../api/types.ts';
import { ratioText, signalOf, valueText } from '../format.ts';
import { type GpuTile, useGpuTiles } from '../host/use-gpu-tiles.ts';
import { type LiveView, useLive } from '../live/use-live.ts';
import { entityHref } from '../navigate.ts';
import { Meter } from '../parts/meter.tsx';
import { Age } from '../parts/quality-mark.tsx';
import { Waiting } from '../parts/states.tsx';
import { Value } from '../parts/value.tsx';
import { qualityOf } from '../quality.ts';
import { FeedBars } from './feed-bars.tsx';
import { layoutRack, RACK_UNITS, type Slot } from './slots.ts';

const HOST_SIGNALS = ['powerW', 'powerLimitW', 'inletTempC', 'gpusFreeCount'];

interface ElevationProps {
  readonly rack: EntityDetail;
  readonly gpuSignal: string;
}

export function ElevationDrawing({ rack, gpuSignal }: ElevationProps) {
  const { value: hosts, loadedMs } = useEntitiesUnder('host', rack.id);
  const first = useEntity(hosts?.[0]?.id).value;
  const heightU = figureOf(first, 'heightU');
  const units = figureOf(rack, 'heightU') ?? RACK_UNITS;
  const live = useLive({
    name: 'rack-hosts',
    under: rack.id,
    kind: 'host',
    indices: hosts?.map(host => host.index) ?? [],
    signals: HOST_SIGNALS,
    loadedMs,
  });
  const gpus = useGpuTiles('rack-gpus', rack.id, gpuSignal);
  const elevation = useMemo(() => {
    const size = heightU === undefined ? {} : { heightU };
    const switches = ['tor', 'eor', 'spine'].flatMap(kind =>
      (rack.children?.[kind] ?? []).map(id => ({ id, kind })),
    );
    return layoutRack([...switches, ...(hosts ?? []).map(host => ({ ...host, ...size }))], units);
  }, [hosts, heightU, units, rack]);
  const byHost = Map.groupBy(gpus.tiles, tile => tile.entity.parent ?? '');
  const isGuessed = elevation.slots.some(slot => slot.isGuessed);
  return (
    <section class="elevation" aria-label="Elevation">
      <FeedBars rack={rack} />
      <ol class="units" style={{ '--units': String(elevation.units) }}>
        {unitMarks(elevation.units).map(unit => (
          <li key={`u${unit}`} class="unit-mark" style={rowsOf(elevation.units, unit, 1)}>
            {unit}
          </li>
        ))}
        {elevation.slots.map(slot => (
          <RackSlot
            key={slot.id}
            slot={slot}
            units={elevation.units}
            entity={hosts?.find(host => host.id === slot.id)}
            at={hosts?.findIndex(host => host.id === slot.id) ?? -1}
            live={live}
            gpus={byHost.get(slot.id) ?? []}
            gpuSignal={gpuSignal}
          />
        ))}
      </ol>
      {!hosts && <Waiting what="hosts" />}
      {isGuessed && (
        <p class="quiet note">Positions without attribute u are in order, not as mounted.</p>
      )}
    </section>
  );
}

const MARK_EVERY = 6;

const unitMarks = (units: number) =>
  Array.from({ length: Math.floor(units / MARK_EVERY) }, (_, at) => (at + 1) * MARK_EVERY);

/** Grid rows run from the top, units from the floor. */
const rowsOf = (units: number, fromU: number, heightU: number) => ({
  gridRow: `${units - (fromU + heightU - 1) + 1} / span ${heightU}`,
});

interface RackSlotProps {
  readonly slot: Slot;
  readonly units: number;
  readonly entity: Entity | undefined;
  readonly at: number;
  readonly live: LiveView;
  readonly gpus: readonly GpuTile[];
  readonly gpuSignal: string;
}

function RackSlot({ slot, units, entity, at, live, gpus, gpuSignal }: RackSlotProps) {
  const rows = rowsOf(units, slot.fromU, slot.heightU);
  if (slot.kind !== 'host') {
    return (
      <li class={`slot slot-${slot.kind}`} style={rows}>
        <a href={entityHref(slot.kind, slot.id)}>{slot.id}</a>
      </li>
    );
  }
  const power = live.read('powerW', at);
  const limit = live.read('powerLimitW', at);
  const inlet = live.read('inletTempC', at);
  const stale = signalOf('powerW')?.staleAfterS ?? 0;
  return (
    <li class={`slot slot-host quality-row-${qualityOf(power.quality)}`} style={rows}>
      <a href={entityHref('host', slot.id)}>
        <span class="slot-head">
          <b>{entity?.title || slot.id}</b>
          <Age quality={qualityOf(power.quality)} ageS={power.ageS} staleAfterS={stale} />
        </span>
        <GpuStrip gpus={gpus} signal={gpuSignal} />
        <span class="slot-foot">
          <Value signal="powerW" value={power.value} />
          <Meter
            value={power.value}
            limit={limit.value}
            label={`Power of ${slot.id}: ${ratioText(power.value / limit.value)} of its limit`}
          />
          <span class="quiet">
            <Value signal="inletTempC" value={inlet.value} />
          </span>
        </span>
      </a>
    </li>
  );
}

function GpuStrip({ gpus, signal }: { gpus: readonly GpuTile[]; signal: string }) {
  return (
    <span class="gpu-strip">
      {gpus.map(tile => (
        <i
          key={tile.entity.id}
          class={tile.swatch ? '' : `gpu-${qualityOf(tile.reading.quality)}`}
          style={tile.swatch ? { background: tile.swatch.css } : {}}
          title={`${tile.entity.id}: ${valueText(signal, tile.reading.value)}, ${qualityOf(
            tile.reading.quality,
          )}`}
        />
      ))}
    </span>
  );
}
