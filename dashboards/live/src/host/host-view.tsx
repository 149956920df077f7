/** One host: what is inside and how it hangs together, and every sensor beside its rivals. */
import { useState } from 'preact/hooks';
import { classTitle, numberOf, useEntity, useEntityState } from '../api/hooks.ts';
import { useApp } from '../app-context.ts';
import { SignalTable } from '../entity/signal-table.tsx';
import { HeadroomPanel } from '../headroom/headroom-panel.tsx';
import { entityHref } from '../navigate.ts';
import { AlertList, byUrgency } from '../panels/alerts.tsx';
import { Stat } from '../parts/stat.tsx';
import { Failure } from '../parts/states.tsx';
import { LearnedBlock } from '../trust/learned-block.tsx';
import { FabricDrawing } from './fabric-drawing.tsx';
import { GpuSignalPicker } from './gpu-signal-picker.tsx';
import { MeasureTable } from './measure-table.tsx';
import { type GpuTile, useGpuTiles } from './use-gpu-tiles.ts';

export function HostView({ id }: { id: string }) {
  const { alerts } = useApp();
  const entity = useEntity(id);
  const state = useEntityState(id);
  const [signal, setSignal] = useState('gpuTempC');
  const gpus = useGpuTiles('host-gpus', id, signal);
  const now = state.value;
  const own = alerts.filter(alert => alert.place?.host === id).sort(byUrgency);
  if (entity.error && !entity.value) return <Failure what={`Host ${id}`} error={entity.error} />;
  const fabric = entity.value?.fabric;
  const hasFabric = fabric !== undefined && fabric.vertices.length > 0;
  return (
    <article class="view" aria-label={`Host ${id}`}>
      <header class="view-head">
        <h1>{entity.value?.title || id}</h1>
        <span class="quiet">{classTitle(entity.value)}</span>
        <GpuSignalPicker signal={signal} onPick={setSignal} />
      </header>
      <div class="stats">
        <Stat signal="powerW" state={now} limit={numberOf(now, 'powerLimitW')} />
        <Stat signal="inletTempC" state={now} title="Inlet" />
        <Stat signal="gpuTempC" state={now} title="Hottest GPU" />
        <Stat signal="utilRatio" state={now} title="GPU utilisation" limit={1} />
        <Stat
          signal="gpusAllocatedCount"
          state={now}
          limit={numberOf(now, 'gpusAllocatableCount')}
        />
      </div>
      <section class="block">
        {hasFabric ? (
          <FabricDrawing fabric={fabric} host={id} tiles={gpus.tiles} signal={signal} />
        ) : (
          <GpuGrid tiles={gpus.tiles} />
        )}
      </section>
      {own.length > 0 && (
        <section class="block">
          <h2>Alerts</h2>
          <AlertList alerts={own} />
        </section>
      )}
      <div class="two-columns">
        <div>
          {now && <SignalTable state={now} />}
          {state.error && <Failure what="Values" error={state.error} />}
        </div>
        <div>
          {now && <MeasureTable state={now} />}
          <LearnedBlock id={id} />
          <HeadroomPanel id={id} />
        </div>
      </div>
    </article>
  );
}

/** Without a known fabric the GPUs are only listed. */
function GpuGrid({ tiles }: { tiles: readonly GpuTile[] }) {
  return (
    <>
      <p class="quiet">The class of this host has no fabric in the catalogue.</p>
      <p class="links">
        {tiles.map(tile => (
          <a key={tile.entity.id} href={entityHref('gpu', tile.entity.id)}>
            {tile.entity.id}
          </a>
        ))}
      </p>
    </>
  );
}
