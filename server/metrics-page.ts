/**
 * The twin's signals as a Prometheus page: derived and measured values at the chosen kinds, limits,
 * forecasts, and the infos to join other metrics on. Bounded: what does not fit is left out and
 * counted.
 */
import {
  forecastMetricName,
  KIND_INDEX,
  KINDS,
  type Kind,
  kindsOf,
  limitMetricName,
  MISSING,
  metricName,
  pathOf,
  QUALITIES,
  readSignal,
  SIGNALS,
  TEXT_LABEL,
  thresholdOf,
  UNITS,
} from '../twin/index.ts';
import type { Service } from './service.ts';

type Labels = readonly (readonly [name: string, value: string])[];

interface Writer {
  family(name: string, help: string): void;
  sample(labels: Labels, value: number): void;
  text(): string;
  readonly leftOut: number;
}

function createWriter(maxSeries: number): Writer {
  const lines: string[] = [];
  let name = '';
  let series = 0;
  let leftOut = 0;
  return {
    family(next, help) {
      name = next;
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`);
    },
    sample(labels, value) {
      if (series >= maxSeries) {
        leftOut++;
        return;
      }
      series++;
      lines.push(`${name}{${labels.map(([l, v]) => `${l}="${escaped(v)}"`).join(',')}} ${value}`);
    },
    text: () => `${lines.join('\n')}\n`,
    get leftOut() {
      return leftOut;
    },
  };
}

const escaped = (text: string) =>
  /[\\"\n]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : text;

export function twinPage(service: Service): string {
  const { maxSeries } = service.config.metrics;
  const writer = createWriter(maxSeries);
  // What is asked for by name comes first: it must not fall victim to the bound.
  writeStatus(writer, service);
  writeInfos(writer, service);
  writeForecasts(writer, service);
  for (const kind of service.config.metrics.kinds) writeKind(writer, service, kind);
  const { leftOut } = writer;
  writer.family('orrery_metrics_left_out', 'Series beyond metrics.maxSeries in this page');
  return `${writer.text()}orrery_metrics_left_out ${leftOut}\n`;
}

/** Ids of what the entity stands in and its own, by kind. */
function placeOf(service: Service, entity: number): Labels {
  const { topology } = service.live.twin;
  return pathOf(topology, entity).map(at => [KINDS[topology.kind[at]].id, topology.ids[at]]);
}

function writeKind(writer: Writer, service: Service, kind: Kind) {
  const { topology, state } = service.live.twin;
  const k = KIND_INDEX[kind];
  const [first, end] = [topology.kindStart[k], topology.kindStart[k + 1]];
  if (first === end) return;
  const chosen = service.config.metrics.signals;
  const places = Array.from({ length: end - first }, (_, i) => placeOf(service, first + i));
  SIGNALS.forEach((signal, s) => {
    if (!kindsOf(signal).includes(kind) || (chosen && !chosen.includes(signal.id))) return;
    let isOpen = false;
    for (let e = first; e < end; e++) {
      const { value, quality } = readSignal(state, s, e);
      if (quality === MISSING || !Number.isFinite(value)) continue;
      if (!isOpen) writer.family(metricName(kind, signal), helpOf(signal.title, signal.unit));
      isOpen = true;
      const text: Labels =
        signal.unit === 'Text' ? [[TEXT_LABEL, service.live.texts.textOf(value) ?? '']] : [];
      writer.sample([...places[e - first], ...text], signal.unit === 'Text' ? 1 : value);
    }
    if (isOpen) writeLimits(writer, service, { kind, signal: s, first, places });
  });
}

const helpOf = (title: string, unit: keyof typeof UNITS) =>
  UNITS[unit].symbol ? `${title} (${UNITS[unit].symbol})` : title;

interface Columns {
  readonly kind: Kind;
  readonly signal: number;
  readonly first: number;
  readonly places: readonly Labels[];
}

function writeLimits(writer: Writer, service: Service, at: Columns) {
  const { topology, limits } = service.live.twin;
  const own = limits.filter(
    l => l.signal === at.signal && l.kind === KIND_INDEX[at.kind] && l.over < 0,
  );
  if (own.length === 0) return;
  const signal = SIGNALS[at.signal];
  writer.family(limitMetricName(at.kind, signal), `Limits on: ${signal.title}`);
  for (const limit of own) {
    at.places.forEach((place, i) => {
      const value = thresholdOf(limit, topology, at.first + i);
      if (!Number.isNaN(value)) writer.sample([...place, ['limit', limit.row.id]], value);
    });
  }
}

function writeStatus(writer: Writer, service: Service) {
  const { live, ingest, alerts } = service;
  writer.family('orrery_alerts', 'Limits that are passed, by state and severity');
  const counts = new Map<string, number>();
  for (const alert of alerts.list()) {
    const key = `${alert.state} ${alert.severity}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const state of ['firing', 'pending'] as const) {
    for (const severity of ['info', 'warning', 'critical'] as const) {
      const count = counts.get(`${state} ${severity}`) ?? 0;
      writer.sample(
        [
          ['state', state],
          ['severity', severity],
        ],
        count,
      );
    }
  }
  const sources = ingest.sources();
  writer.family('orrery_source_up', 'Whether a source delivers');
  for (const { id, kind, state } of sources) {
    writer.sample(
      [
        ['source', id],
        ['kind', kind],
      ],
      state === 'up' ? 1 : 0,
    );
  }
  writer.family('orrery_source_age_seconds', 'Seconds since a source last delivered');
  for (const { id, kind, lastSuccessMs } of sources) {
    if (lastSuccessMs === undefined) continue;
    const ageS = (live.clock.now() - lastSuccessMs) / 1000;
    writer.sample(
      [
        ['source', id],
        ['kind', kind],
      ],
      ageS,
    );
  }
  writeQuality(writer, service);
}

/** Age and quality of each column, so that silence is seen as such. */
function writeQuality(writer: Writer, service: Service) {
  const { state } = service.live.twin;
  const nowMs = service.live.clock.now();
  const ages: [Labels, number][] = [];
  const counts: [Labels, number][] = [];
  for (const { signal, kind, firstCell, count } of state.columns) {
    const labels: Labels = [
      ['kind', KINDS[kind].id],
      ['signal', SIGNALS[signal].id],
    ];
    const byQuality = new Array<number>(QUALITIES.length).fill(0);
    let oldestMs = Number.POSITIVE_INFINITY;
    for (let cell = firstCell; cell < firstCell + count; cell++) {
      byQuality[state.quality[cell]]++;
      if (state.quality[cell] !== MISSING) oldestMs = Math.min(oldestMs, state.timeAt(cell));
    }
    if (Number.isFinite(oldestMs)) ages.push([labels, (nowMs - oldestMs) / 1000]);
    byQuality.forEach((n, q) => {
      if (n > 0) counts.push([[...labels, ['quality', QUALITIES[q]]], n]);
    });
  }
  writer.family('orrery_signal_age_seconds', 'Age of the oldest value of a signal');
  for (const [labels, value] of ages) writer.sample(labels, value);
  writer.family('orrery_signal_quality', 'Entities by the quality of their value of a signal');
  for (const [labels, value] of counts) writer.sample(labels, value);
}

/** `* on (UUID) group_left(host, rack) orrery_gpu_info` puts other exporters' series in place. */
function writeInfos(writer: Writer, service: Service) {
  const { topology } = service.live.twin;
  const each = (kind: Kind, write: (entity: number, place: Labels) => void) => {
    const k = KIND_INDEX[kind];
    for (let e = topology.kindStart[k]; e < topology.kindStart[k + 1]; e++) {
      write(e, placeOf(service, e));
    }
  };
  const first = (values: readonly string[] | undefined) => values?.[0] ?? '';
  writer.family('orrery_host_info', 'Hosts and their names elsewhere');
  each('host', (host, place) => {
    const aliases = service.ingest.aliasesOf(host);
    const node = first(aliases.nodeName) || topology.ids[host];
    writer.sample([...place, ['node', node], ['bmc', first(aliases.bmcAddress)]], 1);
  });
  writer.family('orrery_gpu_info', 'GPUs and their names elsewhere');
  each('gpu', (gpu, place) => {
    const aliases = service.ingest.aliasesOf(gpu);
    if (!aliases.gpuUuid) return;
    const model = topology.classes[topology.classIndex[gpu]]?.title ?? '';
    const names: Labels = [
      ['UUID', first(aliases.gpuUuid)],
      ['pci_bus_id', first(aliases.pciBusId)],
      ['model', model],
    ];
    writer.sample([...place, ...names], 1);
  });
}

function writeForecasts(writer: Writer, service: Service) {
  const answers = service.forecasts.latest();
  const { topology } = service.live.twin;
  const known = answers.filter(answer => topology.indexOf(answer.entity) >= 0);
  const families = new Map<string, typeof known>();
  for (const answer of known) {
    const signal = SIGNALS.find(row => row.id === answer.signal);
    if (!signal) continue;
    const name = forecastMetricName(answer.kind as Kind, signal);
    families.set(name, [...(families.get(name) ?? []), answer]);
  }
  for (const [name, members] of families) {
    writer.family(name, 'Value forecast for the end of the horizon, with its 95 % band');
    for (const { entity, forecast } of members) {
      const place = placeOf(service, topology.indexOf(entity));
      const end = forecast.yhat.length - 1;
      const horizon = `${Math.round((forecast.yhat.length * forecast.stepS) / 3600)}h`;
      const bands = {
        yhat: forecast.yhat,
        yhat_lower: forecast.lower95,
        yhat_upper: forecast.upper95,
      };
      for (const [band, values] of Object.entries(bands)) {
        writer.sample([...place, ['horizon', horizon], ['ml_forecast', band]], values[end]);
      }
    }
  }
  writer.family('orrery_time_to_limit_seconds', 'Forecast time until a limit is reached');
  for (const { entity, kind, signal, limit } of known) {
    if (limit?.time?.atS == null) continue;
    const labels: Labels = [
      ['kind', kind],
      ['entity', entity],
      ['signal', signal],
      ['limit', limit.entity],
    ];
    writer.sample(labels, limit.time.atS);
  }
}
