/** Where we are, search, how fresh the page is, theme and help. */
import { useResource } from '../api/resource.ts';
import type { EntityDetail } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { clockSpeed, twinNowMs, useTick } from '../clock.ts';
import { formatAge, formatClock, zoneName } from '../format.ts';
import { linkStore } from '../live/connection.ts';
import { hrefTo } from '../navigate.ts';
import type { Route } from '../route.ts';
import { useStore } from '../store.ts';
import { themeStore, toggleTheme } from '../theme.ts';
import { Search } from './search.tsx';

export function Header({ route, onHelp }: { route: Route; onHelp: () => void }) {
  const theme = useStore(themeStore);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header class="header">
      <a class="brand" href={hrefTo({ view: 'floor', id: '' })} aria-label="Orrery: hall floor">
        <img src="./orrery.svg" alt="" width="22" height="22" />
        <span>Orrery</span>
      </a>
      <Crumbs route={route} />
      <Search />
      <Freshness />
      <button type="button" class="plain" onClick={toggleTheme} title={`Use ${other} colours (t)`}>
        {theme === 'dark' ? '☾' : '☀'}
        <span class="spoken">Use {other} colours</span>
      </button>
      <button type="button" class="plain" onClick={onHelp} title="Keys and marks (?)">
        ?<span class="spoken">Help</span>
      </button>
    </header>
  );
}

function Crumbs({ route }: { route: Route }) {
  const { floor } = useApp();
  const isOpen = route.view !== 'floor';
  const path = isOpen ? `entities/${encodeURIComponent(route.id)}` : undefined;
  const entity = useResource<EntityDetail>(path).value;
  const site = floor.site;
  const steps = (entity?.path ?? []).filter(step => step.kind !== 'site' && step.id !== route.id);
  return (
    <nav class="crumbs" aria-label="Place">
      {isOpen ? (
        <a href={hrefTo({ view: 'floor', id: '' })}>{site?.title || site?.id || 'Floor'}</a>
      ) : (
        <b>{site?.title || site?.id || ''}</b>
      )}
      {steps.map(step => (
        <span key={step.id}>
          <i>/</i>
          <a href={hrefTo({ view: step.kind, id: step.id })}>{step.id}</a>
        </span>
      ))}
      {isOpen && (
        <span>
          <i>/</i>
          <b aria-current="page">{entity?.title || route.id}</b>
        </span>
      )}
    </nav>
  );
}

/** The pill says whether frames come, and how old the last one is. */
function Freshness() {
  useTick();
  const link = useStore(linkStore);
  const ageS = link.lastFrameMs > 0 ? (Date.now() - link.lastFrameMs) / 1000 : undefined;
  const speed = clockSpeed();
  const isReplay = useApp().status?.replay !== undefined;
  const live = isReplay ? 'replay' : 'live';
  const words = { connecting: 'connecting', live, lost: 'lost', refused: 'refused' };
  const rejected = link.rejectedFrames > 0 ? `, ${link.rejectedFrames} frames rejected` : '';
  return (
    <div
      class={`freshness link-${link.state}`}
      title={`Last frame ${formatAge(ageS)} ago${rejected}`}
    >
      <i />
      <span>{words[link.state]}</span>
      <time>{formatClock(twinNowMs())}</time>
      <span class="zone">{zoneName(twinNowMs())}</span>
      {speed !== 1 && <span class="speed">{speed}×</span>}
    </div>
  );
}
