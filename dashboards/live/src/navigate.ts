/** Where the page is: the hash of the address, as a store. */
import { formatRoute, parseRoute, type Route } from './route.ts';
import { createStore } from './store.ts';

export const routeStore = createStore<Route>(parseRoute(location.hash));

export function startRouting(): void {
  addEventListener('hashchange', () => routeStore.set(parseRoute(location.hash)));
}

/** Address of a place that keeps the signal and the panel of the present one. */
export const hrefTo = (change: Partial<Route>) => formatRoute({ ...routeStore.get(), ...change });

export const entityHref = (kind: string, id: string) => hrefTo({ view: kind, id });

export function go(change: Partial<Route>): void {
  location.hash = hrefTo(change);
}

/** The same place with another signal or panel: no step of its own in the browser's history. */
export function adjust(change: Partial<Pick<Route, 'signal' | 'panel'>>): void {
  history.replaceState(null, '', hrefTo(change));
  routeStore.set({ ...routeStore.get(), ...change });
}

/** Opens a panel, and brings it into view where it stands below the rest. */
export function showPanel(id: string): void {
  adjust({ panel: id });
  document.getElementById(`tab-${id}`)?.scrollIntoView({ block: 'start' });
}
