/** The page: header, summary, banner, the view the address names, and the panels beside it. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get, tokenStore } from './api/client.ts';
import { type Resource, useResource } from './api/resource.ts';
import type { Alert, Entity, Status } from './api/types.ts';
import { AppContext, type AppState, cursorStore } from './app-context.ts';
import { anchorClock } from './clock.ts';
import { EntityView } from './entity/entity-view.tsx';
import { Floor } from './floor/floor.tsx';
import { QUICK_SIGNALS } from './floor/signals.ts';
import { type FloorEntities, useFloorEntities } from './floor/use-floor.ts';
import { GpuView } from './gpu/gpu-view.tsx';
import { HostView } from './host/host-view.tsx';
import { onKeys } from './keys.ts';
import { connect, linkStore } from './live/connection.ts';
import { adjust, go, routeStore } from './navigate.ts';
import { SidePanel } from './panels/side-panel.tsx';
import { Summary } from './panels/summary.tsx';
import { Fence } from './parts/fence.tsx';
import { RackView } from './rack/rack-view.tsx';
import type { Route } from './route.ts';
import { Banner } from './shell/banner.tsx';
import { Header } from './shell/header.tsx';
import { HelpOverlay } from './shell/help.tsx';
import { TokenEntry } from './shell/token-entry.tsx';
import { useStore } from './store.ts';
import { toggleTheme } from './theme.ts';

const STATUS_EVERY_S = 5;
const ALERTS_EVERY_S = 3;
/** What a harder limit says already needs no line of its own. */
const ALERTS = 'alerts?superseded=false';

export function App() {
  const route = useStore(routeStore);
  const token = useStore(tokenStore);
  const [isHelp, setHelp] = useState(false);
  const floor = useFloorEntities();
  const status = useResource<Status>('status', { everyS: STATUS_EVERY_S }).value;
  const alerts = useResource<Alert[]>(ALERTS, { everyS: ALERTS_EVERY_S, all: true });
  const state: AppState = useMemo(() => appState(floor, status, alerts), [floor, status, alerts]);
  useEffect(() => {
    if (status) anchorClock(Date.parse(status.at), status.speed);
  }, [status]);
  // Another token, another connection.
  useEffect(connect, [token]);
  const { state: linkState } = useStore(linkStore);
  useEffect(() => {
    document.documentElement.dataset.link = linkState;
  }, [linkState]);
  useEffect(() => onKeys(event => pageKey(event, setHelp)), []);
  useEffect(() => {
    const place = route.view === 'floor' ? 'Floor' : route.id;
    const replay = status?.replay ? 'Replay · ' : '';
    document.title = `${replay}${place} · ${floor.site?.title || floor.site?.id || 'Orrery'}`;
    if (route.view === 'rack') cursorStore.set(route.id);
  }, [route, floor.site, status?.replay]);
  return (
    <AppContext.Provider value={state}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header route={route} onHelp={() => setHelp(true)} />
      <Banner />
      <TokenEntry />
      <Summary />
      <div class="body">
        <main id="main" tabIndex={-1}>
          <Fence key={`${route.view} ${route.id}`} what="This view">
            <View route={route} />
          </Fence>
        </main>
        <SidePanel route={route} />
      </div>
      {isHelp && <HelpOverlay onClose={() => setHelp(false)} />}
    </AppContext.Provider>
  );
}

function appState(
  floor: FloorEntities,
  status: Status | undefined,
  { value, error }: Resource<Alert[]>,
): AppState {
  const alertsAnswer = { isLoaded: value !== undefined, error };
  return { floor, alerts: value ?? [], alertsAnswer, ...(status ? { status } : {}) };
}

function View({ route }: { route: Route }) {
  if (route.view === 'floor') return <Floor signal={route.signal} />;
  if (route.view === 'rack') return <RackView key={route.id} id={route.id} />;
  if (route.view === 'host') return <HostView key={route.id} id={route.id} />;
  if (route.view === 'gpu') return <GpuView key={route.id} id={route.id} />;
  return <EntityView key={route.id} id={route.id} />;
}

function pageKey(event: KeyboardEvent, setHelp: (isHelp: boolean) => void): boolean {
  const quick = QUICK_SIGNALS[Number(event.key) - 1];
  if (event.key === '?') setHelp(true);
  else if (event.key === 't') toggleTheme();
  else if (event.key === '/') document.getElementById('search')?.focus();
  else if (event.key === 'h') go({ view: 'floor', id: '' });
  else if (event.key === 'Escape') return goUp();
  else if (quick) adjust({ signal: quick.signal });
  else return false;
  return true;
}

/** One level up; from what hangs on the site itself, or is not known any more, to the floor. */
function goUp(): boolean {
  const { view, id } = routeStore.get();
  if (view === 'floor') return false;
  get<Entity>(`entities/${encodeURIComponent(id)}`)
    .then(({ path }) => path?.at(-2))
    .catch(() => undefined)
    .then(above => {
      if (routeStore.get().id !== id) return;
      const isFloor = !above || above.kind === 'site';
      go(isFloor ? { view: 'floor', id: '' } : { view: above.kind, id: above.id });
    });
  return true;
}
