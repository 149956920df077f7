/** What the hosts of a site send that the floor shows: power, inlet, and how many GPUs are taken. */
import { encodeSnappy } from '../remote-write/snappy-encoder.ts';
import { encodeWriteV1, type SeriesToWrite } from '../remote-write/write-encoder.ts';

/** Hosts of one request, with four series each: 2,000 samples, as Prometheus sends. */
export const HOSTS_A_REQUEST = 500;
export const SERIES_A_HOST = 4;

const GPUS = 8;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** A request with the values of some hosts in a round of scrapes: each differs from the last. */
export function hostsRequest(hosts: readonly string[], round: number, atMs: number): Buffer {
  const series = hosts.flatMap((host, i) => hostSeries(host, (i * GOLDEN + round / 7) % 1, atMs));
  return encodeSnappy(encodeWriteV1(series));
}

/** @param place 0-1: how much the host has to do */
function hostSeries(host: string, place: number, atMs: number): SeriesToWrite[] {
  const ipmi = [
    ['instance', `${host}:9290`],
    ['job', 'ipmi'],
  ] as const;
  const slurm = [
    ['job', 'slurm'],
    ['node', host],
  ] as const;
  const one = (value: number, labels: SeriesToWrite['labels']) => ({
    labels,
    samples: [{ value, atMs }],
  });
  return [
    one(Math.round(4000 + 4000 * place), [
      ['__name__', 'ipmi_dcmi_power_consumption_watts'],
      ...[['id', '1'] as const, ...ipmi],
    ]),
    one(20 + Math.round(50 * place) / 10, [
      ['__name__', 'ipmi_temperature_celsius'],
      ...[['id', '18'] as const, ...ipmi, ['name', 'Inlet Temp'] as const],
    ]),
    one(GPUS, [['__name__', 'slurm_node_gpus'], ...slurm]),
    one(Math.round(GPUS * place), [['__name__', 'slurm_node_gpus_alloc'], ...slurm]),
  ];
}
