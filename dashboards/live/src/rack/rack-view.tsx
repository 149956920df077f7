/** One rack: its elevation between the two feeds, its headroom in words, its values. */
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { classTitle, numberOf, useEntity, useEntityState } from '../api/hooks.ts';
import type { EntityState } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { SignalTable } from '../entity/signal-table.tsx';
import { HeadroomPanel } from '../headroom/headroom-panel.tsx';
import { GpuSignalPicker } from '../host/gpu-signal-picker.tsx';
import { onKeys } from '../keys.ts';
import { entityHref, go } from '../navigate.ts';
import { AlertList, byUrgency } from '../panels/alerts.tsx';
import { Stat } from '../parts/stat.tsx';
import { Failure } from '../parts/states.tsx';
import { ElevationDrawing } from './elevation.tsx';

export function RackView({ id }: { id: string }) {
  const { floor, alerts } = useApp();
  const entity = useEntity(id);
  const state = useEntityState(id);
  const [gpuSignal, setGpuSignal] = useState('gpuTempC');
  const near = useMemo(() => neighbours(floor.racks, id), [floor.racks, id]);
  useLayoutEffect(() => onKeys(event => rackKey(event, near)), [near]);
  const own = alerts.filter(alert => alert.place?.rack === id).sort(byUrgency);
  if (entity.error && !entity.value) return <Failure what={`Rack ${id}`} error={entity.error} />;
  return (
    <article class="view rack" aria-label={`Rack ${id}`}>
      <header class="view-head">
        <h1>{entity.value?.title || id}</h1>
        <span class="quiet">{classTitle(entity.value)}</span>
        <GpuSignalPicker signal={gpuSignal} onPick={setGpuSignal} />
        <nav class="segmented" aria-label="Racks beside this one">
          <Step to={near.before} label="‹" title="Rack before ([)" />
          <Step to={near.after} label="›" title="Rack after (])" />
        </nav>
      </header>
      <div class="rack-columns">
        {entity.value && <ElevationDrawing rack={entity.value} gpuSignal={gpuSignal} />}
        <div class="rack-detail">
          <RackStats state={state.value} />
          {own.length > 0 && (
            <section class="block">
              <h2>Alerts</h2>
              <AlertList alerts={own} />
            </section>
          )}
          <HeadroomPanel id={id} />
          {state.value && <SignalTable state={state.value} />}
          {state.error && <Failure what="Values" error={state.error} />}
        </div>
      </div>
    </article>
  );
}

interface Near {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

function neighbours(racks: readonly { id: string }[], id: string): Near {
  const at = racks.findIndex(rack => rack.id === id);
  return { before: racks[at - 1]?.id, after: at < 0 ? undefined : racks[at + 1]?.id };
}

function rackKey(event: KeyboardEvent, near: Near): boolean {
  const to = { '[': near.before, ']': near.after }[event.key];
  if (!to) return false;
  go({ view: 'rack', id: to });
  return true;
}

function Step({ to, label, title }: { to: string | undefined; label: string; title: string }) {
  return to ? (
    <a class="button" href={entityHref('rack', to)} title={`${title}: ${to}`}>
      {label}
      <span class="spoken">{to}</span>
    </a>
  ) : (
    <span class="button is-off">{label}</span>
  );
}

function RackStats({ state }: { state: EntityState | undefined }) {
  const limit = numberOf(state, 'powerLimitW');
  return (
    <div class="stats">
      <Stat signal="powerW" state={state} limit={limit} />
      <Stat signal="powerHeadroomN1W" state={state} title="N-1 headroom" />
      <Stat signal="inletTempC" state={state} title="Inlet" />
      <Stat signal="gpuTempC" state={state} title="Hottest GPU" />
      <Stat
        signal="gpusAllocatedCount"
        state={state}
        limit={numberOf(state, 'gpusAllocatableCount')}
      />
    </div>
  );
}
