/** REST answers of the mock, shaped as the contract of the real server says. */
import { kindsOf, SIGNALS, UNITS } from '../../../twin/index.ts';
import { HOT_RACK, limitOf, type MockEntity, type MockSite, read } from './site.ts';
import { agreementOf, fidelityOf, parametersOf } from './trust.ts';

const QUALITIES = ['missing', 'stale', 'modelled', 'derived', 'measured'];
const SPEED = 1;

const rfc = (atMs: number) => new Date(atMs).toISOString();
const under = (entity: MockEntity, id: string) => entity.path.some(step => step.id === id);

export interface Ask {
  readonly site: MockSite;
  readonly generation: number;
  readonly nowMs: number;
  readonly params: URLSearchParams;
  /** What follows the resource's name in the path. */
  readonly id: string;
  readonly body: Record<string, unknown>;
}

/** Undefined: no such thing, 404. */
export const ANSWERS: Readonly<Record<string, (ask: Ask) => unknown>> = {
  status: ({ site, generation, nowMs }) => ({
    ...{ version: '0.0.0-mock', name: 'mock', generation, at: rfc(nowMs), speed: SPEED },
    counts: {
      entities: Object.fromEntries(
        [...Map.groupBy(site.entities, one => one.kind)].map(([kind, all]) => [kind, all.length]),
      ),
      ...{ series: 12_345, unmatched: 2, unmapped: 1, alerts: { firing: 3, pending: 1 } },
      sources: { up: 44, degraded: 1, down: 1 },
    },
  }),
  entities: ask => (ask.id ? entityDetail(ask) : page(ask, matching(ask))),
  state: ask => (ask.id ? stateOf(ask, ask.id) : page(ask, states(ask))),
  headroom: headroomOf,
  alerts: ask => ({ items: alerts(ask) }),
  sources: ask => ({ items: sources(ask) }),
  unmatched: ({ nowMs }) => ({
    items: [
      {
        ...{ source: 'mock-dcgm', metric: 'DCGM_FI_DEV_GPU_UTIL', count: 412, why: 'no such host' },
        identity: { Hostname: 'gpu-node-17' },
        ...{ firstAt: rfc(nowMs - 3.6e6), lastAt: rfc(nowMs) },
        candidates: [{ id: 'r1-k01-n1', alias: 'r1-k01-n1', distance: 4 }],
      },
    ],
    unmapped: [{ metric: 'mock_unknown_total', count: 9 }],
  }),
  limits: () => ({ items: [] }),
  history: historyOf,
  forecast: forecastOf,
  whatif: whatIf,
  fidelity: fidelityOf,
  agreement: agreementOf,
  parameters: parametersOf,
};

function matching({ site, params }: Ask): MockEntity[] {
  const [kind, within, text] = ['kind', 'under', 'q'].map(name => params.get(name));
  return site.entities.filter(
    entity =>
      (!kind || entity.kind === kind) &&
      (!within || (entity.id !== within && under(entity, within))) &&
      (!text || entity.id.includes(text.toLowerCase())),
  );
}

function page({ params }: Ask, items: readonly unknown[]) {
  const limit = Math.min(1000, Number(params.get('limit') ?? 100));
  const from = Number(params.get('cursor') ?? 0);
  const next = from + limit < items.length ? { next: String(from + limit) } : {};
  return { items: items.slice(from, from + limit), ...next };
}

function entityDetail({ site, id }: Ask) {
  const entity = site.byId.get(id);
  if (!entity) return undefined;
  const inside = site.entities.filter(one => one.parent === id);
  const children = Object.fromEntries(
    [...Map.groupBy(inside, one => one.kind)].map(([kind, all]) => [kind, all.map(one => one.id)]),
  );
  const figures = { heightU: { value: entity.kind === 'rack' ? 42 : 8 } };
  const links = { parents: [], children: [] };
  return {
    ...entity,
    classFacts: entity.class && { id: entity.class, title: entity.class, figures },
    children,
    planes: { power: links, cooling: links, network: links },
    ...(entity.kind === 'host' ? { fabric: fabricOf(inside) } : {}),
  };
}

function fabricOf(parts: readonly MockEntity[]) {
  const vertices = parts.map(({ id, kind, index }) => ({ id, kind, index }));
  const of = (kind: string) => vertices.flatMap((vertex, at) => (vertex.kind === kind ? [at] : []));
  const edge = (a: number, b: number, type: string, bytesPerS: number) => ({
    ...{ a, b, type, label: type, bytesPerS, measured: false },
  });
  const [numas, switches] = [of('numa'), of('pcieSwitch')];
  const edges = [
    edge(numas[0], numas[1], 'numa', 6e10),
    ...switches.map((at, n) => edge(numas[n >> 1], at, 'pcie', 6.3e10)),
    ...of('gpu').map((at, n) => edge(switches[n >> 1], at, 'pcie', 6.3e10)),
    ...of('nic').map((at, n) => edge(switches[n >> 1], at, 'pcie', 6.3e10)),
    ...of('gpu').flatMap(at => of('nvswitch').map(to => edge(at, to, 'nvswitch', 1.1e11))),
  ];
  return {
    vertices,
    edges,
    numaDistance: [
      [10, 21],
      [21, 10],
    ],
  };
}

function signalState(site: MockSite, entity: MockEntity, signal: string, nowMs: number) {
  const { value, ageS, quality } = read(site, entity, signal, nowMs);
  const limit = limitOf(site, entity, signal);
  const unit = SIGNALS.find(row => row.id === signal)?.unit ?? 'Count';
  const isBreached = limit && (limit.compare === 'max' ? value > limit.value : value < limit.value);
  return {
    value: Number.isNaN(value) ? null : value,
    unit: UNITS[unit].symbol,
    at: rfc(nowMs - ageS * 1000 || nowMs),
    ageS: Number.isNaN(ageS) ? null : ageS,
    quality: QUALITIES[quality],
    ...(limit ? { limit: { ...limit, breached: isBreached } } : {}),
  };
}

function stateOf({ site, nowMs }: Ask, id: string) {
  const entity = site.byId.get(id);
  if (!entity) return undefined;
  const signals = SIGNALS.filter(row => (kindsOf(row) as readonly string[]).includes(entity.kind));
  return {
    ...{ id, kind: entity.kind },
    signals: Object.fromEntries(
      signals.map(row => [row.id, signalState(site, entity, row.id, nowMs)]),
    ),
    coverage: entity.kind === 'rack' ? { gpuTempC: { present: 31, of: 32 } } : {},
  };
}

function states(ask: Ask) {
  const ids = ask.params.get('ids')?.split(',');
  const signals = ask.params.get('signals')?.split(',') ?? [];
  const chosen = ids ? ids.flatMap(id => ask.site.byId.get(id) ?? []) : matching(ask);
  return chosen.map(entity => ({
    ...{ id: entity.id, kind: entity.kind },
    signals: Object.fromEntries(
      signals.map(signal => [signal, signalState(ask.site, entity, signal, ask.nowMs)]),
    ),
  }));
}

function headroomOf({ site, id, nowMs }: Ask) {
  const entity = site.byId.get(id);
  if (!entity) return undefined;
  const load = read(site, entity, 'powerW', nowMs).value || 0;
  const limit = read(site, entity, 'powerLimitW', nowMs).value || 0;
  const own = { id, kind: entity.kind, share: 1, load, limit, headroom: limit - load };
  const feed = { id: `${id}-feed-b`, kind: 'feed', share: 0.5, load: 0.51 * limit, limit };
  const at = { ...feed, headroom: 0.49 * limit };
  const after = { ...feed, share: 1, load: 1.02 * limit, headroom: -0.02 * limit };
  const n1 = { loss: `${id}-feed-a`, binding: after, chain: [own, after] };
  const power = {
    ...{ unit: 'W', load, limit, headroom: limit - load },
    ...{ headroomN1: after.headroom, binding: at, chain: [own, at], n1 },
  };
  return { id, planes: { power, cooling: { ...power, chain: [own], n1: null, binding: own } } };
}

function alerts({ site, nowMs }: Ask) {
  const alert = (n: number, entity: string, severity: string, state: string, summary: string) => ({
    ...{ id: `mock-${n}`, limit: 'mock', entity, severity, state, summary, runbook: 'mock' },
    kind: entity.includes('-n') ? 'host' : 'rack',
    place: Object.fromEntries(
      (site.byId.get(entity)?.path ?? []).map(step => [step.kind, step.id]),
    ),
    ...{ value: 1, threshold: 1, unit: 'W', startsAt: rfc(nowMs - n * 400_000) },
  });
  return [
    alert(1, HOT_RACK, 'critical', 'firing', `MOCK: ${HOT_RACK} above its power limit`),
    alert(2, HOT_RACK, 'warning', 'firing', `MOCK: inlet of ${HOT_RACK} above 27 °C`),
    alert(3, 'r3-k07-n2', 'warning', 'firing', 'MOCK: GPU margin of r3-k07-n2 small'),
    alert(4, 'r2-k01', 'info', 'pending', 'MOCK: fragmentation of r2-k01'),
  ];
}

function sources({ nowMs }: Ask) {
  const source = (n: number, state: string, more: object = {}) => ({
    ...{ id: `mock-source-${n}`, kind: 'scrape', target: 'mock', state, latencyMs: 12 + n },
    ...{ samples: 1000 * n, lastSuccess: rfc(nowMs - n * 1000), dropped: { nan: n }, ...more },
  });
  return [
    source(1, 'up'),
    source(2, 'degraded', { lastError: 'MOCK: every third request times out' }),
    source(3, 'down', { lastError: 'MOCK: connection refused', breaker: 'open' }),
    source(4, 'up', { kind: 'redfish' }),
  ];
}

const MINUTE_MS = 60_000;

function historyOf({ site, params, nowMs }: Ask) {
  const entity = site.byId.get(params.get('entity') ?? '');
  const signal = params.get('signal') ?? '';
  if (!entity) return undefined;
  const points = Array.from({ length: 360 }, (_, at) => {
    const atMs = nowMs - (360 - at) * MINUTE_MS;
    const { value } = read(site, entity, signal, atMs / 12);
    return [atMs, Number.isNaN(value) ? null : value];
  });
  return { entity: entity.id, signal, unit: '', points };
}

function forecastOf({ site, params, nowMs }: Ask) {
  const entity = site.byId.get(params.get('entity') ?? '');
  const signal = params.get('signal') ?? 'powerW';
  if (!entity) return undefined;
  const horizonS = { '1h': 3600, '6h': 21_600, '24h': 86_400, '7d': 604_800 }[
    params.get('horizon') ?? '6h'
  ]!;
  const now = read(site, entity, signal, nowMs).value;
  const points = Array.from({ length: 60 }, (_, at) => {
    const yhat = now * (1 + 0.004 * at);
    const width = now * 0.02 * Math.sqrt(at);
    const time = rfc(nowMs + ((at + 1) * horizonS * 1000) / 60);
    return { at: time, yhat, yhatLower: yhat - width, yhatUpper: yhat + width };
  });
  return {
    ...{
      entity: entity.id,
      signal,
      unit: 'W',
      model: 'seasonalNaive',
      horizonS,
      stepS: 60,
      points,
    },
    backtest: [
      { model: 'lastValue', mae: 1200, smape: 4.1 },
      { model: 'seasonalNaive', mae: 800, smape: 2.6, chosen: true },
    ],
    limit: { id: 'mock', value: now * 1.3, entity: entity.id },
    timeToLimit: {
      ...{ at: rfc(nowMs + horizonS * 800), earliest: rfc(nowMs + horizonS * 500), latest: null },
      ...{ limit: 'mock', entity: entity.id },
    },
  };
}

const JOB = {
  ...{
    class: 'training',
    parameters: 7e10,
    meetsAt: 'spine',
    waitsFor: 'compute',
    memoryRatio: 0.4,
  },
  ...{ iterationS: 9.134, exposedS: 1.521, slowdown: 1.18, mfuRatio: 0.381, likelyMttfH: 233 },
  ...{ checkpointIntervalS: 7080, ettrRatio: 0.991, assumed: ['class', 'parameters'] },
};

function whatIf({ site, body }: Ask) {
  const place = body.place as { gpus?: number } | undefined;
  const count = Math.ceil((place?.gpus ?? 0) / 8);
  const hosts = site.entities.filter(one => one.kind === 'host').slice(8, 8 + count);
  const chain = [
    { id: 'r1-k03', kind: 'rack', share: 1, load: 43_000, limit: 44_000, headroom: 1000 },
  ];
  const numbers = (headroomN1: number) => ({ load: 0, headroom: headroomN1, headroomN1 });
  const fits = hosts.length === count;
  return {
    fits,
    where: hosts.map(host => ({
      ...{ host: host.id, rack: host.parent, gpuCount: 8, addedPowerW: 5000 },
    })),
    topologyLevel: 'row',
    shortOf: fits ? null : 'gpus',
    binding: {
      ...{ limit: 'rackPower', title: 'Rack power', entity: 'r1-k03', kind: 'rack', unit: 'W' },
      ...{ plane: 'power', load: 23_000, loadAfter: 43_000, value: 44_000, loss: null },
    },
    chain,
    layers: [
      {
        ...{ plane: 'power', kind: 'rack', unit: 'W', entity: 'r1-k03', limit: 44_000 },
        ...{ before: numbers(21_000), after: numbers(1000) },
      },
    ],
    job: fits && count > 0 ? JOB : null,
    evidence: [{ about: 'power', says: 'MOCK: 5 kW a host, as measured' }],
    ...(body.horizonS ? { course: courseOf(Number(body.horizonS)) } : {}),
  };
}

/** A room that loses its cooling, as far as the page shows it. */
function courseOf(horizonS: number) {
  const banded = (value: number, by: number) => ({ value, low: value - by, high: value + by });
  const none = { value: null, low: null, high: null };
  const fate = {
    timeToThrottleS: { value: 260, low: 185, high: 420 },
    timeToShutdownS: none,
    ...{ hostCount: 4, gpuCount: 32, throttledGpus: 24, shutDownGpus: 0, darkGpus: 0 },
    ...{ lostWorkRatio: 0.08, lostGpuH: 0.6 },
  };
  const points = Array.from({ length: 16 }, (_, i) => ({
    atS: (i * horizonS) / 15,
    powerW: banded(23_000 - 300 * i, 40 * i),
    inletTempC: banded(22 + 3 * i, 0.2 * i),
    gpuTempC: banded(Math.min(89, 65 + 3 * i), 2),
    hostsOff: { value: 0, low: 0, high: i > 12 ? 1 : 0 },
  }));
  const rack = { id: 'r1-k03', kind: 'rack', hall: 'h1', ...fate, points };
  return {
    ...{ horizonS, stepS: 5, ...fate, halls: [], racks: [rack], affectedRacks: 1 },
    ...{ unaffected: { racks: 7, gpus: 224 }, alreadyThrottling: 0, slowdownTempC: 89 },
    events: [{ atS: 0, what: 'fails', kind: 'crah', entity: 'crah-1' }],
    moreEvents: 0,
    bands: [{ signal: 'gpuTempC', from: 'parameters', says: 'MOCK: 4 K' }],
  };
}
