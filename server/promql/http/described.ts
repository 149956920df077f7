/** What the read API of Prometheus takes: one table for the routes and for their description. */

export const PROM_PATH = '/prom/api/v1';

interface PromRow {
  /** Below `PROM_PATH`. */
  readonly path: string;
  readonly methods: readonly ('get' | 'post')[];
  readonly summary: string;
  /** Parameters; a name that ends in `[]` may be given several times. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const BOTH = ['get', 'post'] as const;
const GET = ['get'] as const;
const SPAN = ['start', 'end'] as const;

export const PROM_ROUTES = [
  {
    ...{ path: '/query', methods: BOTH, summary: 'A query at one instant' },
    ...{ required: ['query'], optional: ['time', 'timeout'] },
  },
  {
    ...{ path: '/query_range', methods: BOTH, summary: 'A query at each step of a range' },
    ...{ required: ['query', 'start', 'end', 'step'], optional: ['timeout'] },
  },
  {
    ...{ path: '/query_exemplars', methods: BOTH, summary: 'Exemplars: there are none' },
    ...{ required: [], optional: ['query', ...SPAN] },
  },
  {
    ...{ path: '/series', methods: BOTH, summary: 'Label sets of the series that match' },
    ...{ required: ['match[]'], optional: SPAN },
  },
  {
    ...{ path: '/labels', methods: BOTH, summary: 'Names of labels' },
    ...{ required: [], optional: ['match[]', ...SPAN] },
  },
  {
    ...{ path: '/label/:name/values', methods: GET, summary: 'Values of one label' },
    ...{ required: [], optional: ['match[]', ...SPAN] },
  },
  {
    ...{ path: '/metadata', methods: GET, summary: 'Type, help and unit of metrics' },
    ...{ required: [], optional: ['metric', 'limit'] },
  },
  {
    ...{ path: '/status/buildinfo', methods: GET, summary: 'Whose answers these are like' },
    ...{ required: [], optional: [] },
  },
  {
    ...{ path: '/rules', methods: GET, summary: 'Rules: there are none' },
    ...{ required: [], optional: [] },
  },
  {
    ...{ path: '/alerts', methods: GET, summary: 'Limits that are passed, as alerts' },
    ...{ required: [], optional: [] },
  },
] as const satisfies readonly PromRow[];

export type PromPath = (typeof PROM_ROUTES)[number]['path'];
