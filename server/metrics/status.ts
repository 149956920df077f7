/** Alerts, sources, and how old and how good the values are: whether the page can be trusted. */
import { KINDS, MISSING, QUALITIES, SIGNALS } from '../../twin/index.ts';
import { gpuModels, gpusByVerdict } from '../identity/gpu-models.ts';
import type { Service } from '../service.ts';
import { label, type Writer } from './writer.ts';

interface StatusPart {
  /** What its metrics are called: a part is written alone for who asks for one of them. */
  readonly names: RegExp;
  write(writer: Writer, service: Service): void;
}

export const STATUS: readonly StatusPart[] = [
  { names: /^orrery_alerts$/, write: writeAlerts },
  { names: /^orrery_source_(up|age_seconds)$/, write: writeSources },
  { names: /^orrery_gpu_models$/, write: writeModels },
  { names: /^orrery_signal_(age_seconds|quality)$/, write: writeQuality },
];

function writeAlerts(writer: Writer, { alerts }: Service) {
  writer.family(
    'orrery_alerts',
    'Limits that are passed, by state and severity; superseded: a harder one fires',
  );
  for (const { state, severity, count } of alerts.tally()) {
    writer.sample(`${label('state', state)},${label('severity', severity)}`, count);
  }
}

function writeSources(writer: Writer, { ingest, live }: Service) {
  const sources = ingest.sources();
  const labelsOf = (id: string, kind: string) => `${label('source', id)},${label('kind', kind)}`;
  writer.family('orrery_source_up', 'Whether a source delivers');
  for (const { id, kind, state } of sources) {
    writer.sample(labelsOf(id, kind), state === 'up' ? 1 : 0);
  }
  writer.family('orrery_source_age_seconds', 'Seconds since a source last delivered');
  for (const { id, kind, lastSuccessMs } of sources) {
    if (lastSuccessMs === undefined) continue;
    writer.sample(labelsOf(id, kind), (live.clock.now() - lastSuccessMs) / 1000);
  }
}

function writeModels(writer: Writer, { live }: Service) {
  writer.family('orrery_gpu_models', 'GPUs by how the model they report fits their class');
  for (const [verdict, gpus] of Object.entries(gpusByVerdict(gpuModels(live)))) {
    writer.sample(label('verdict', verdict), gpus);
  }
}

/** Of each column, so that silence is seen as such. Every quality is there, at 0 too. */
function writeQuality(writer: Writer, { live }: Service) {
  const { state } = live.twin;
  const nowMs = live.clock.now();
  const columns = state.columns.map(column => {
    const { signal, kind } = column;
    const labels = `${label('kind', KINDS[kind].id)},${label('signal', SIGNALS[signal].id)}`;
    return { labels, ...survey(state, column) };
  });
  writer.family('orrery_signal_age_seconds', 'Age of the oldest value of a signal');
  for (const { labels, oldestMs } of columns) {
    if (Number.isFinite(oldestMs)) writer.sample(labels, (nowMs - oldestMs) / 1000);
  }
  writer.family('orrery_signal_quality', 'Entities by the quality of their value of a signal');
  for (const { labels, counts } of columns) {
    QUALITIES.forEach((quality, q) => {
      writer.sample(`${labels},${label('quality', quality)}`, counts[q]);
    });
  }
}

type State = Service['live']['twin']['state'];

/** Counts by quality and the oldest event time; a nameplate value has none. */
function survey(state: State, { firstCell, count }: State['columns'][number]) {
  const { quality } = state;
  const counts = new Array<number>(QUALITIES.length).fill(0);
  let oldestMs = Number.POSITIVE_INFINITY;
  for (let cell = firstCell; cell < firstCell + count; cell++) {
    counts[quality[cell]]++;
    const atMs = state.timeAt(cell);
    if (quality[cell] !== MISSING && atMs < oldestMs) oldestMs = atMs;
  }
  return { counts, oldestMs };
}
