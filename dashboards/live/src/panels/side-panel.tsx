/** The panels at the side, one at a time. */
import type { FunctionComponent } from 'preact';
import { useApp } from '../app-context.ts';
import { adjust } from '../navigate.ts';
import { Fence } from '../parts/fence.tsx';
import type { Route } from '../route.ts';
import { AlertsPanel } from './alerts.tsx';
import { ForecastPanel } from './forecast.tsx';
import { SourcesPanel } from './sources.tsx';
import { TrustPanel } from './trust.tsx';
import { UnmatchedPanel } from './unmatched.tsx';
import { WhatIfPanel } from './whatif.tsx';

interface PanelRow {
  readonly id: string;
  readonly title: string;
  readonly panel: FunctionComponent<{ route: Route }>;
}

const PANELS: readonly PanelRow[] = [
  { id: 'alerts', title: 'Alerts', panel: AlertsPanel },
  { id: 'whatif', title: 'What if', panel: WhatIfPanel },
  { id: 'forecast', title: 'Forecast', panel: ForecastPanel },
  { id: 'trust', title: 'Trust', panel: TrustPanel },
  { id: 'sources', title: 'Sources', panel: SourcesPanel },
  { id: 'unmatched', title: 'Unmatched', panel: UnmatchedPanel },
];

export function SidePanel({ route }: { route: Route }) {
  const { status } = useApp();
  const open = PANELS.find(row => row.id === route.panel) ?? PANELS[0];
  const counts: Readonly<Record<string, number | undefined>> = {
    alerts: status?.counts.alerts.firing,
    sources: (status?.counts.sources.down ?? 0) + (status?.counts.sources.degraded ?? 0),
    unmatched: status?.counts.unmatched,
  };
  const Panel = open.panel;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.stopPropagation();
    const next = PANELS[(PANELS.indexOf(open) + step + PANELS.length) % PANELS.length];
    adjust({ panel: next.id });
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <aside class="side" aria-label="Panels">
      <div class="tabs" role="tablist" onKeyDown={onKeyDown}>
        {PANELS.map(row => (
          <button
            key={row.id}
            id={`tab-${row.id}`}
            type="button"
            role="tab"
            aria-selected={row === open}
            aria-controls="panel"
            tabIndex={row === open ? 0 : -1}
            onClick={() => adjust({ panel: row.id })}
          >
            {row.title}
            {(counts[row.id] ?? 0) > 0 && <span class="count">{shortCount(counts[row.id]!)}</span>}
          </button>
        ))}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${open.id}`} class="panel">
        <Fence key={open.id} what={open.title}>
          <Panel route={route} />
        </Fence>
      </div>
    </aside>
  );
}

/** The tab has room for three digits. */
const shortCount = (count: number) =>
  count < 1000 ? String(count) : `${Math.floor(count / 1000)}k`;
