/** Any entity without a view of its own: PDU, UPS, CRAH, switch, row, hall. */
import { useState } from 'preact/hooks';
import { classTitle, useEntity, useEntityState } from '../api/hooks.ts';
import type { EntityDetail, PlaneLinks } from '../api/types.ts';
import { HistoryChart } from '../chart/history-chart.tsx';
import { useTrace } from '../chart/use-trace.ts';
import { formatCount, ratioText } from '../format.ts';
import { HeadroomPanel } from '../headroom/headroom-panel.tsx';
import { entityHref } from '../navigate.ts';
import { Failure, Waiting } from '../parts/states.tsx';
import { SignalTable } from './signal-table.tsx';

/** Rooms have a power of their own; what carries power has the load of the plane. */
const ROOMS: ReadonlySet<string> = new Set(['site', 'hall', 'row', 'rack']);

export function EntityView({ id }: { id: string }) {
  const entity = useEntity(id);
  const state = useEntityState(id);
  const [chosen, setPicked] = useState<string | undefined>();
  const trace = useTrace(state.value);
  const picked = chosen ?? (ROOMS.has(entity.value?.kind ?? '') ? 'powerW' : 'powerLoadW');
  if (!entity.value) {
    return entity.error ? <Failure what={id} error={entity.error} /> : <Waiting what={id} />;
  }
  return (
    <article class="view" aria-label={id}>
      <header class="view-head">
        <h1>{entity.value.title || id}</h1>
        <span class="quiet">
          {[entity.value.kind, classTitle(entity.value)].filter(Boolean).join(' · ')}
        </span>
      </header>
      <div class="two-columns">
        <div>
          <section class="block">
            <HistoryChart entity={id} signal={picked} trace={trace.get(picked) ?? []} />
          </section>
          {state.value && <SignalTable state={state.value} picked={picked} onPick={setPicked} />}
          {state.error && <Failure what="Values" error={state.error} />}
        </div>
        <div>
          <HeadroomPanel id={id} />
          <Links entity={entity.value} />
        </div>
      </div>
    </article>
  );
}

const SHOWN = 60;

function Links({ entity }: { entity: EntityDetail }) {
  const children = Object.entries(entity.children ?? {}).filter(([, ids]) => ids.length > 0);
  const planes = Object.entries(entity.planes ?? {}).filter(([, links]) => links);
  const isWired = planes.some(([, links]) => links!.parents.length + links!.children.length > 0);
  if (children.length === 0 && !isWired) return null;
  return (
    <section class="block links" aria-label="Around it">
      {children.map(([kind, ids]) => (
        <div key={kind}>
          <h3>
            {kind} <span class="quiet">{formatCount(ids.length)}</span>
          </h3>
          <p>
            {ids.slice(0, SHOWN).map(id => (
              <a key={id} href={entityHref(kind, id)}>
                {id}
              </a>
            ))}
            {ids.length > SHOWN && <span class="quiet">and {ids.length - SHOWN} more</span>}
          </p>
        </div>
      ))}
      {planes.map(([plane, links]) => (
        <PlaneList key={plane} plane={plane} links={links!} />
      ))}
    </section>
  );
}

function PlaneList({ plane, links }: { plane: string; links: PlaneLinks }) {
  const served = links.children.length;
  if (links.parents.length === 0 && served === 0) return null;
  return (
    <div>
      <h3>
        {plane} <span class="quiet">serves {formatCount(served)}</span>
      </h3>
      <p>
        {links.parents.length > 0 && <span class="quiet">from </span>}
        {links.parents.map(parent => (
          <a key={parent.id} href={entityHref(parent.kind, parent.id)}>
            {parent.id} <span class="quiet">{ratioText(parent.share)}</span>
          </a>
        ))}
      </p>
    </div>
  );
}
