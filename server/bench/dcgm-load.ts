/** A load of dcgm-exporter's shape: pages with HELP and TYPE lines, and the same as writes. */
import type { SeriesToWrite } from '../remote-write/write-encoder.ts';

export type Metric = readonly [name: string, type: string, value: number];

/** dcgm-exporter's default counters, with a value that each might have. */
export const METRICS: readonly Metric[] = [
  ['DCGM_FI_DEV_SM_CLOCK', 'gauge', 1980],
  ['DCGM_FI_DEV_MEM_CLOCK', 'gauge', 2619],
  ['DCGM_FI_DEV_MEMORY_TEMP', 'gauge', 41],
  ['DCGM_FI_DEV_GPU_TEMP', 'gauge', 39],
  ['DCGM_FI_DEV_POWER_USAGE', 'gauge', 412.337],
  ['DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', 'counter', 91_832_771_043],
  ['DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'counter', 0],
  ['DCGM_FI_DEV_GPU_UTIL', 'gauge', 97],
  ['DCGM_FI_DEV_MEM_COPY_UTIL', 'gauge', 44],
  ['DCGM_FI_DEV_ENC_UTIL', 'gauge', 0],
  ['DCGM_FI_DEV_DEC_UTIL', 'gauge', 0],
  ['DCGM_FI_DEV_XID_ERRORS', 'gauge', 0],
  ['DCGM_FI_DEV_FB_FREE', 'gauge', 5311],
  ['DCGM_FI_DEV_FB_USED', 'gauge', 75_776],
  ['DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL', 'counter', 0],
  ['DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'gauge', 0.964512],
  ['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'gauge', 0.412077],
  ['DCGM_FI_PROF_DRAM_ACTIVE', 'gauge', 0.300127],
  ['DCGM_FI_PROF_PCIE_TX_BYTES', 'gauge', 1_204_410_112],
  ['DCGM_FI_PROF_PCIE_RX_BYTES', 'gauge', 877_310_220],
];
export const GPUS = 8;

export const SAMPLES_A_HOST = METRICS.length * GPUS;

const hostName = (host: number) => `gpu-h100-${String(host).padStart(5, '0')}`;
const uuid = (host: number, gpu: number) =>
  ['GPU', hexId(host, gpu), '7b1c', '4d0e', '9a55', `0c${gpu}0ffee12ab`].join('-');
const hexId = (host: number, gpu: number) =>
  (host * 2_654_435_761 + gpu).toString(16).padStart(12, '0');

export const labelsOf = (host: number, gpu: number, name = hostName(host)): [string, string][] => [
  ['gpu', String(gpu)],
  ['UUID', uuid(host, gpu)],
  ['pci_bus_id', `00000000:${(0x19 + gpu * 0x11).toString(16).toUpperCase()}:00.0`],
  ['device', `nvidia${gpu}`],
  ['modelName', 'NVIDIA H100 80GB HBM3'],
  ['Hostname', name],
  ['DCGM_FI_DRIVER_VERSION', '550.127.08'],
];

/** Values wander a little between rounds, so that neither the text nor the bits repeat. */
export function valueIn(round: number, host: number, [, type, value]: Metric): number {
  if (value === 0) return 0;
  if (type === 'counter') return value + round * 1000 + host;
  const wandered = value * (1 + ((round * 7 + host) % 13) / 1000);
  return Number.isInteger(value) ? Math.round(wandered) : Number(wandered.toFixed(6));
}

/** What the exporter of a host serves in a round. */
export function dcgmPage(host: number, round: number, hostname = hostName(host)): Buffer {
  const lines: string[] = [];
  for (const metric of METRICS) {
    const [name, type] = metric;
    lines.push(`# HELP ${name} What ${name} stands for.`, `# TYPE ${name} ${type}`);
    for (let gpu = 0; gpu < GPUS; gpu++) {
      const labels = labelsOf(host, gpu, hostname).map(([label, value]) => `${label}="${value}"`);
      lines.push(`${name}{${labels.join(',')}} ${valueIn(round, host, metric)}`);
    }
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** The same samples as Prometheus forwards them: labels sorted, with those of the scrape. */
export function dcgmSeries(host: number, round: number, atMs: number): SeriesToWrite[] {
  return METRICS.flatMap(metric =>
    Array.from({ length: GPUS }, (_, gpu) => {
      const labels: [string, string][] = [
        ['__name__', metric[0]],
        ...labelsOf(host, gpu),
        ['instance', `${hostName(host)}:9400`],
        ['job', 'dcgm'],
      ];
      labels.sort(([a], [b]) => (a < b ? -1 : 1));
      return { labels, samples: [{ value: valueIn(round, host, metric), atMs }] };
    }),
  );
}
