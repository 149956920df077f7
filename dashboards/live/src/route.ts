/** Hash routes: `#/rack/r1-k03?signal=inletTempC&panel=whatif`. Pure: text in, route out. */

export interface Route {
  /** `floor`, or the kind of the entity that is open. */
  readonly view: string;
  readonly id: string;
  /** Signal the floor is coloured by. */
  readonly signal: string;
  readonly panel: string;
}

const DEFAULT_SIGNAL = 'powerW';
const DEFAULT_PANEL = 'alerts';

export const FLOOR: Route = {
  view: 'floor',
  id: '',
  signal: DEFAULT_SIGNAL,
  panel: DEFAULT_PANEL,
};

/** Never throws: what cannot be read is the floor. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', id = ''] = path.split('/', 2);
  const params = new URLSearchParams(query);
  return {
    view: view && id ? view : 'floor',
    id: view && id ? decoded(id) : '',
    signal: params.get('signal') ?? DEFAULT_SIGNAL,
    panel: params.get('panel') ?? DEFAULT_PANEL,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function formatRoute(route: Route): string {
  const params = new URLSearchParams();
  if (route.signal !== DEFAULT_SIGNAL) params.set('signal', route.signal);
  if (route.panel !== DEFAULT_PANEL) params.set('panel', route.panel);
  const path = route.view === 'floor' ? '' : `${route.view}/${encodeURIComponent(route.id)}`;
  const query = params.toString();
  return `#/${path}${query ? `?${query}` : ''}`;
}
