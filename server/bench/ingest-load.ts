/**
 * Remote write as Prometheus forwards dcgm-exporter: 20 metrics of 8 GPUs a host, each with eight
 * labels, in the order of the scrapes. Written straight into bytes, since a million series are sent
 * many times over.
 */

import { encodeSnappy } from '../remote-write/snappy-encoder.ts';
import { delimited, encodeWriteV2, type SeriesToWrite } from '../remote-write/write-encoder.ts';
import { GPUS, labelsOf, METRICS, type Metric, SAMPLES_A_HOST, valueIn } from './dcgm-load.ts';

/** Samples of one request: what Prometheus sends by default. */
export const SAMPLES_A_REQUEST = 2000;
/** Bytes of a series with its sample, with room to spare. */
const MAX_SERIES_BYTES = 512;

/**
 * Which 20 metrics the hosts send. In `joined` all have a mapping row; in `mostlyUnmapped` four do,
 * the other 16 being of a name that no row has.
 */
export type Metrics = 'joined' | 'mostlyUnmapped';

const UNMAPPED_FROM = 4;

const METRICS_OF: Readonly<Record<Metrics, readonly Metric[]>> = {
  // A row reads this one only of MIG instances; its like for whole GPUs stands in for it.
  joined: METRICS.map(([name, ...rest]) => [name.replace('GR_ENGINE', 'SM'), ...rest] as const),
  mostlyUnmapped: METRICS.map(([name, ...rest], i) => {
    return [i < UNMAPPED_FROM ? name : name.replace('DCGM', 'SITE'), ...rest] as const;
  }),
};

/** The series of one sender, as a stream that begins anew after each round. */
export interface Stream {
  /** Names of its hosts. */
  readonly hosts: readonly string[];
  readonly metrics: Metrics;
}

export const seriesOf = (stream: Stream) => stream.hosts.length * SAMPLES_A_HOST;

/** Time of a round's samples, epoch ms; rounds are counted from 0. */
type TimeOf = (round: number) => number;

/**
 * The samples `from .. from + count` of a stream, sample `n` being that of series `n % series` in
 * round `n / series`, as a `WriteRequest` of version 1.0 in a snappy block.
 */
export function writeRequest(stream: Stream, from: number, count: number, timeOf: TimeOf): Buffer {
  const output = Buffer.allocUnsafe(count * MAX_SERIES_BYTES);
  let to = 0;
  for (let n = from; n < from + count; n++) to = writeSeries(output, to, [stream, n, timeOf]);
  return encodeSnappy(output.subarray(0, to));
}

type Place = readonly [stream: Stream, sample: number, timeOf: TimeOf];

function writeSeries(output: Buffer, at: number, [stream, n, timeOf]: Place): number {
  const series = n % seriesOf(stream);
  const round = Math.floor(n / seriesOf(stream));
  const host = Math.floor(series / SAMPLES_A_HOST);
  const metric = METRICS_OF[stream.metrics][Math.floor((series % SAMPLES_A_HOST) / GPUS)];
  const { before, after } = labelBytes(stream.hosts[host], series % GPUS);
  const name = nameBytes(metric[0]);
  // Tags and lengths: two bytes of length hold every size up to 16 KiB.
  const body = at + 3;
  let to = body + before.copy(output, body);
  to += name.copy(output, to);
  to += after.copy(output, to);
  to = writeSample(output, to, valueIn(round, host, metric), timeOf(round));
  const length = to - body;
  output[at] = 0x0a;
  output[at + 1] = (length & 0x7f) | 0x80;
  output[at + 2] = length >>> 7;
  return to;
}

/** A value of zero is left out, as protobuf 3 does. */
function writeSample(output: Buffer, at: number, value: number, atMs: number): number {
  let to = at + 2;
  if (value !== 0) {
    output[to] = 0x09;
    to = output.writeDoubleLE(value, to + 1);
  }
  output[to++] = 0x10;
  let left = atMs;
  for (; left >= 0x80; left = Math.floor(left / 128)) output[to++] = (left & 0x7f) | 0x80;
  output[to++] = left;
  output[at] = 0x12;
  output[at + 1] = to - at - 2;
  return to;
}

/** Not every exporter gives these; without them a series has the eight labels of the budgets. */
const LEFT_OUT: ReadonlySet<string> = new Set(['DCGM_FI_DRIVER_VERSION', 'pci_bus_id']);

/** Labels of a GPU in the order of the wire, the metric's name among them. */
const gpuLabels = (host: string, gpu: number): [string, string][] =>
  [
    ...labelsOf(numberOf(host), gpu, host).filter(([name]) => !LEFT_OUT.has(name)),
    ['__name__', ''] as [string, string],
    ['instance', `${host}:9400`] as [string, string],
    ['job', 'dcgm'] as [string, string],
  ].sort(([a], [b]) => (a < b ? -1 : 1));

const numbers = new Map<string, number>();

/** A number of each host, of which the UUIDs of its GPUs are made, whoever sends them. */
function numberOf(host: string): number {
  const number = numbers.get(host) ?? numbers.size;
  numbers.set(host, number);
  return number;
}

interface LabelBytes {
  readonly before: Buffer;
  readonly after: Buffer;
}

/** Of the hosts last written: a round's 160 series of a host follow one another. */
const labels = new Map<string, LabelBytes>();
const MAX_LABELS = 4096;

/** The labels of a GPU before and after that of the name. */
function labelBytes(host: string, gpu: number): LabelBytes {
  const key = `${host} ${gpu}`;
  const known = labels.get(key);
  if (known) return known;
  const all = gpuLabels(host, gpu);
  const at = all.findIndex(([name]) => name === '__name__');
  const bytes = (part: typeof all) => Buffer.concat(part.map(([k, v]) => label(k, v)));
  const made = { before: bytes(all.slice(0, at)), after: bytes(all.slice(at + 1)) };
  if (labels.size >= MAX_LABELS) labels.clear();
  labels.set(key, made);
  return made;
}

const names = new Map<string, Buffer>();

function nameBytes(name: string): Buffer {
  const known = names.get(name) ?? label('__name__', name);
  names.set(name, known);
  return known;
}

const label = (name: string, value: string) =>
  delimited(1, Buffer.concat([delimited(1, Buffer.from(name)), delimited(2, Buffer.from(value))]));

/** As `writeRequest`, in version 2.0. */
export function writeRequestV2(
  stream: Stream,
  from: number,
  count: number,
  timeOf: TimeOf,
): Buffer {
  return encodeSnappy(
    encodeWriteV2(Array.from({ length: count }, (_, i) => seriesToWrite(stream, from + i, timeOf))),
  );
}

function seriesToWrite(stream: Stream, n: number, timeOf: TimeOf): SeriesToWrite {
  const series = n % seriesOf(stream);
  const round = Math.floor(n / seriesOf(stream));
  const host = Math.floor(series / SAMPLES_A_HOST);
  const metric = METRICS_OF[stream.metrics][Math.floor((series % SAMPLES_A_HOST) / GPUS)];
  const named = gpuLabels(stream.hosts[host], series % GPUS).map(
    ([k, v]) => [k, k === '__name__' ? metric[0] : v] as const,
  );
  return { labels: named, samples: [{ value: valueIn(round, host, metric), atMs: timeOf(round) }] };
}
