/** One GPU: the four values that matter most, and all the others with their last hour. */
import { useState } from 'preact/hooks';
import { classTitle, numberOf, useEntity, useEntityState } from '../api/hooks.ts';
import type { EntityState, SignalState } from '../api/types.ts';
import { HistoryChart } from '../chart/history-chart.tsx';
import { Sparkline } from '../chart/sparkline.tsx';
import { useTrace } from '../chart/use-trace.ts';
import { SignalTable } from '../entity/signal-table.tsx';
import { unitOf } from '../format.ts';
import { Stat } from '../parts/stat.tsx';
import { Failure } from '../parts/states.tsx';
import { LearnedBlock } from '../trust/learned-block.tsx';

/** Steps and texts have no shape worth drawing. */
const SHAPELESS: ReadonlySet<string> = new Set(['Flag', 'Code', 'Text']);

export function GpuView({ id }: { id: string }) {
  const entity = useEntity(id);
  const state = useEntityState(id);
  const [picked, setPicked] = useState('powerW');
  const now = state.value;
  const limit = now?.signals[picked]?.limit?.value;
  const trace = useTrace(now);
  const trend = (signal: string, reading: SignalState) =>
    typeof reading.value === 'number' && !SHAPELESS.has(unitOf(signal)) ? (
      <Sparkline points={trace.get(signal) ?? []} />
    ) : null;
  if (entity.error && !entity.value) return <Failure what={`GPU ${id}`} error={entity.error} />;
  return (
    <article class="view" aria-label={`GPU ${id}`}>
      <header class="view-head">
        <h1>{entity.value?.title || id}</h1>
        <span class="quiet">{classTitle(entity.value)}</span>
        <Aliases aliases={entity.value?.aliases} />
      </header>
      <div class="stats">
        <Stat signal="utilRatio" state={now} limit={1} />
        <Stat signal="powerW" state={now} limit={numberOf(now, 'gpuPowerLimitW')} />
        <Stat signal="gpuTempC" state={now} />
        <Stat signal="gpuMemUsedBytes" state={now} limit={memoryOf(now)} />
      </div>
      <section class="block">
        <HistoryChart
          entity={id}
          signal={picked}
          trace={trace.get(picked) ?? []}
          {...(limit === undefined ? {} : { limit })}
        />
      </section>
      {now && <SignalTable state={now} trend={trend} picked={picked} onPick={setPicked} />}
      {state.error && <Failure what="Values" error={state.error} />}
      <LearnedBlock id={id} />
    </article>
  );
}

/** Not every exporter gives the size; what is used and what is free make it up. */
function memoryOf(state: EntityState | undefined): number {
  const total = numberOf(state, 'gpuMemTotalBytes');
  if (!Number.isNaN(total)) return total;
  return numberOf(state, 'gpuMemUsedBytes') + numberOf(state, 'gpuMemFreeBytes');
}

function Aliases({
  aliases,
}: {
  aliases: Readonly<Record<string, readonly string[]>> | undefined;
}) {
  const shown = Object.entries(aliases ?? {}).filter(([type]) => type !== 'gpuIndex');
  return (
    <span class="quiet aliases">
      {shown.map(([type, values]) => `${type} ${[values].flat().join(', ')}`).join(' · ')}
    </span>
  );
}
