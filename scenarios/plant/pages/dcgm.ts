/** dcgm-exporter's page of one host: default counters, plus those that a useful CSV switches on. */
import { podName } from '../jobs.ts';
import { dcgmDropsOut, gpuMemTempC, gpuPowerW, gpuTempC, smClockMHz } from '../readings.ts';
import type { Simulation } from '../simulation.ts';
import { isPresent } from '../state.ts';
import { type FamilyType, familyHead, labelText } from './exposition.ts';

/** How far back the `DCGM_EXP_XID_ERRORS_COUNT` window looks, s. */
const XID_WINDOW_S = 300;
const DRIVER_VERSION = '580.105.08';
const OLD_DRIVER_VERSION = '570.133.20';

interface Field {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  value(simulation: Simulation, gpu: number): number;
}

type Value = Field['value'];
const fieldOf =
  (type: Field['type']) =>
  (name: string, help: string, value: Value): Field => ({
    ...{ name: `DCGM_FI_${name}`, type, help, value },
  });
const gauge = fieldOf('gauge');
const counter = fieldOf('counter');

const figuresAt = ({ layout }: Simulation, gpu: number) => layout.gpuFigures[layout.gpuHost[gpu]]!;
const percent = (ratio: number) => Math.round(100 * Math.min(1, ratio));
const ratio6 = (ratio: number) => Math.round(1e6 * Math.min(1, ratio)) / 1e6;

export const DCGM_FIELDS: readonly Field[] = [
  gauge('DEV_SM_CLOCK', 'SM clock frequency (in MHz).', smClockMHz),
  gauge('DEV_MEM_CLOCK', 'Memory clock frequency (in MHz).', (s, g) => figuresAt(s, g).memClockMHz),
  gauge('DEV_MEMORY_TEMP', 'Memory temperature (in C).', gpuMemTempC),
  gauge('DEV_GPU_TEMP', 'GPU temperature (in C).', gpuTempC),
  gauge(
    'DEV_GPU_TEMP_LIMIT',
    'Thermal margin to the nearest slowdown threshold (in K).',
    (s, g) => figuresAt(s, g).slowdownTempC - gpuTempC(s, g),
  ),
  gauge(
    'DEV_GPU_MAX_OP_TEMP',
    'Maximum operating temperature (in C).',
    (s, g) => figuresAt(s, g).maxOpTempC,
  ),
  gauge(
    'DEV_SLOWDOWN_TEMP',
    'Slowdown temperature (in C).',
    (s, g) => figuresAt(s, g).slowdownTempC,
  ),
  gauge(
    'DEV_SHUTDOWN_TEMP',
    'Shutdown temperature (in C).',
    (s, g) => figuresAt(s, g).shutdownTempC,
  ),
  gauge('DEV_POWER_USAGE', 'Power draw (in W).', gpuPowerW),
  gauge('DEV_POWER_MGMT_LIMIT', 'Power cap (in W).', (s, g) => figuresAt(s, g).capW),
  counter('DEV_TOTAL_ENERGY_CONSUMPTION', 'Total energy consumption since boot (in mJ).', (s, g) =>
    Math.round(1000 * s.state.gpu.energyJ[g]),
  ),
  counter('DEV_PCIE_REPLAY_COUNTER', 'Total number of PCIe retries.', (s, g) =>
    Math.floor(s.state.gpu.pcieReplays[g]),
  ),
  gauge('DEV_PCIE_LINK_GEN', 'PCIe current link generation.', (s, g) => figuresAt(s, g).pcieGen),
  gauge('DEV_PCIE_LINK_WIDTH', 'PCIe current link width.', (s, g) => s.state.gpu.pcieWidth[g]),
  gauge(
    'DEV_PCIE_MAX_LINK_GEN',
    'PCIe maximum link generation.',
    (s, g) => figuresAt(s, g).pcieGen,
  ),
  gauge('DEV_PCIE_MAX_LINK_WIDTH', 'PCIe maximum link width.', () => 16),
  gauge('DEV_GPU_UTIL', 'GPU utilization (in %).', (s, g) => percent(s.state.gpu.utilRatio[g])),
  gauge('DEV_MEM_COPY_UTIL', 'Memory utilization (in %).', (s, g) =>
    percent(0.8 * s.state.gpu.dramRatio[g]),
  ),
  gauge('DEV_ENC_UTIL', 'Encoder utilization (in %).', () => 0),
  gauge('DEV_DEC_UTIL', 'Decoder utilization (in %).', () => 0),
  counter('DEV_POWER_VIOLATION', 'Throttling duration due to power constraints (in ns).', (s, g) =>
    Math.round(1e9 * s.state.gpu.powerThrottledS[g]),
  ),
  counter(
    'DEV_THERMAL_VIOLATION',
    'Throttling duration due to thermal constraints (in ns).',
    (s, g) => Math.round(1e9 * s.state.gpu.thermalThrottledS[g]),
  ),
  gauge('DEV_CLOCKS_EVENT_REASONS', 'Current clock event reasons (bit mask).', clockEvents),
  gauge('DEV_FB_FREE', 'Framebuffer memory free (in MiB).', (s, g) =>
    Math.round(figuresAt(s, g).memMiB - 630 - s.state.gpu.memUsedMiB[g]),
  ),
  gauge('DEV_FB_USED', 'Framebuffer memory used (in MiB).', (s, g) =>
    Math.round(s.state.gpu.memUsedMiB[g]),
  ),
  gauge('DEV_FB_TOTAL', 'Framebuffer memory (in MiB).', (s, g) => figuresAt(s, g).memMiB),
  gauge('DEV_FB_RESERVED', 'Framebuffer memory reserved (in MiB).', () => 630),
  counter(
    'DEV_ECC_SBE_VOL_TOTAL',
    'Single-bit volatile ECC errors.',
    (s, g) => s.state.gpu.eccSbe[g],
  ),
  counter(
    'DEV_ECC_DBE_VOL_TOTAL',
    'Double-bit volatile ECC errors.',
    (s, g) => s.state.gpu.eccDbe[g],
  ),
  counter(
    'DEV_ECC_SBE_AGG_TOTAL',
    'Single-bit persistent ECC errors.',
    (s, g) => s.state.gpu.eccSbeAgg[g],
  ),
  counter(
    'DEV_ECC_DBE_AGG_TOTAL',
    'Double-bit persistent ECC errors.',
    (s, g) => s.state.gpu.eccDbeAgg[g],
  ),
  counter(
    'DEV_UNCORRECTABLE_REMAPPED_ROWS',
    'Rows remapped for uncorrectable errors.',
    (s, g) => s.state.gpu.rowsRemappedHard[g],
  ),
  counter('DEV_CORRECTABLE_REMAPPED_ROWS', 'Rows remapped for correctable errors.', () => 0),
  gauge('DEV_ROW_REMAP_FAILURE', 'Whether remapping of rows has failed.', () => 0),
  gauge(
    'DEV_ROW_REMAP_PENDING',
    'Whether a row remap awaits a reset.',
    (s, g) => s.state.gpu.rowRemapPending[g],
  ),
  counter('DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL', 'NVLink flow-control CRC errors.', () => 0),
  counter('DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL', 'NVLink data CRC errors.', () => 0),
  counter('DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL', 'NVLink retries.', () => 0),
  counter('DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL', 'NVLink recovery errors.', () => 0),
  // Whatever its name and type say, DCGM gives the rate of both directions in KiB a second over 1000.
  counter(
    'DEV_NVLINK_BANDWIDTH_TOTAL',
    'Total number of NVLink bandwidth counters for all lanes.',
    (s, g) => Math.round(s.state.gpu.nvlinkBytesPerS[g] / 1_024_000),
  ),
  gauge('PROF_GR_ENGINE_ACTIVE', 'Ratio of time the graphics engine is active.', (s, g) =>
    ratio6(s.state.gpu.utilRatio[g]),
  ),
  gauge('PROF_SM_ACTIVE', 'Ratio of cycles an SM has a warp assigned.', (s, g) =>
    ratio6(s.state.gpu.smRatio[g]),
  ),
  gauge('PROF_SM_OCCUPANCY', 'Ratio of warps resident on an SM.', (s, g) =>
    ratio6(0.35 * s.state.gpu.smRatio[g]),
  ),
  gauge('PROF_PIPE_TENSOR_ACTIVE', 'Ratio of cycles the tensor pipe is active.', (s, g) =>
    ratio6(s.state.gpu.tensorRatio[g]),
  ),
  gauge('PROF_DRAM_ACTIVE', 'Ratio of cycles the memory interface is active.', (s, g) =>
    ratio6(s.state.gpu.dramRatio[g]),
  ),
  gauge('PROF_PCIE_TX_BYTES', 'PCIe transmit rate (in bytes a second).', (s, g) =>
    Math.round(0.45 * s.state.gpu.pcieBytesPerS[g]),
  ),
  gauge('PROF_PCIE_RX_BYTES', 'PCIe receive rate (in bytes a second).', (s, g) =>
    Math.round(0.55 * s.state.gpu.pcieBytesPerS[g]),
  ),
  gauge('PROF_NVLINK_TX_BYTES', 'NVLink transmit rate (in bytes a second).', (s, g) =>
    Math.round(0.5 * s.state.gpu.nvlinkBytesPerS[g]),
  ),
  gauge('PROF_NVLINK_RX_BYTES', 'NVLink receive rate (in bytes a second).', (s, g) =>
    Math.round(0.5 * s.state.gpu.nvlinkBytesPerS[g]),
  ),
];

const HEADS = DCGM_FIELDS.map(({ name, type, help }) => familyHead(name, type, help));
const XID_NAME = 'DCGM_FI_DEV_XID_ERRORS';
const XID_HEAD = familyHead(XID_NAME, 'gauge', 'Value of the last XID error encountered.');
const XID_COUNT_NAME = 'DCGM_EXP_XID_ERRORS_COUNT';
const XID_COUNT_HEAD = familyHead(XID_COUNT_NAME, 'gauge', 'Count of XID errors in the window.');
const XID_OFF_THE_BUS = 79;
const XID_TEXT: Readonly<Record<number, string>> = {
  ...{ 0: 'No Error', 94: 'Contained ECC error' },
  [XID_OFF_THE_BUS]: 'GPU has fallen off the bus',
};

/** NVML's bits. */
const CLOCK_EVENT = {
  ...{ idle: 0x1, powerCap: 0x4, hwSlowdown: 0x8, swThermal: 0x20, hwThermal: 0x40 },
};

function clockEvents({ layout, state }: Simulation, gpu: number): number {
  const { utilRatio, sensedTempC, thermalClockRatio, clockRatio } = state.gpu;
  if (utilRatio[gpu] < 0.01) return CLOCK_EVENT.idle;
  const slowdownC = layout.gpuFigures[layout.gpuHost[gpu]]!.slowdownTempC;
  if (sensedTempC[gpu] >= slowdownC) return CLOCK_EVENT.hwSlowdown | CLOCK_EVENT.hwThermal;
  if (thermalClockRatio[gpu] < 1) return CLOCK_EVENT.swThermal;
  return clockRatio[gpu] < 1 ? CLOCK_EVENT.powerCap : 0;
}

interface CachedLabels {
  readonly revision: number;
  readonly texts: readonly string[];
}

interface DcgmPages {
  /** The page of a host, or undefined when its exporter does not answer. */
  render(host: number): string | undefined;
}

/** Half of the hosts spell the label as releases since May 2026 do: `hostname`. */
const hostLabelName = (host: number) => (host % 2 === 0 ? 'Hostname' : 'hostname');

export function createDcgmPages(simulation: Simulation): DcgmPages {
  const { layout, state, book } = simulation;
  const cache: (CachedLabels | undefined)[] = new Array(layout.hostCount).fill(undefined);
  const labelsOf = (host: number): readonly string[] => {
    const known = cache[host];
    const revision = book.hostRevision[host];
    if (known?.revision === revision) return known.texts;
    const texts = gpuRange(simulation, host).map(gpu => gpuLabels(simulation, host, gpu));
    cache[host] = { revision, texts };
    return texts;
  };
  return {
    render(host) {
      if (state.host.poweredOn[host] === 0 || dcgmDropsOut(simulation, host)) return undefined;
      return renderHost(simulation, host, labelsOf(host));
    },
  };
}

function gpuRange({ layout }: Simulation, host: number): number[] {
  const first = layout.gpuStart[host];
  return Array.from({ length: layout.gpuStart[host + 1] - first }, (_, slot) => first + slot);
}

function renderHost(simulation: Simulation, host: number, labels: readonly string[]): string {
  const { layout, state } = simulation;
  const first = layout.gpuStart[host];
  const end = layout.gpuStart[host + 1];
  let text = '';
  for (let at = 0; at < DCGM_FIELDS.length; at++) {
    const field = DCGM_FIELDS[at];
    text += HEADS[at];
    for (let gpu = first; gpu < end; gpu++) {
      if (!isPresent(state, gpu)) continue;
      text += `${field.name}{${labels[gpu - first]}} ${field.value(simulation, gpu)}\n`;
    }
  }
  text += XID_HEAD;
  let counts = '';
  for (let gpu = first; gpu < end; gpu++) {
    const xid = isPresent(state, gpu) ? state.gpu.xid[gpu] : XID_OFF_THE_BUS;
    const code = `err_code="${xid}",err_msg="${XID_TEXT[xid]}"`;
    text += `${XID_NAME}{${labels[gpu - first]},${code}} ${xid}\n`;
    if (xid > 0 && state.nowS - state.gpu.xidAtS[gpu] < XID_WINDOW_S) {
      const window = `window_size_in_ms="${XID_WINDOW_S * 1000}",xid="${xid}"`;
      counts += `${XID_COUNT_NAME}{${labels[gpu - first]},${window}} 1\n`;
    }
  }
  return counts === '' ? text : text + XID_COUNT_HEAD + counts;
}

function gpuLabels(simulation: Simulation, host: number, gpu: number): string {
  const { layout, state, book } = simulation;
  const slot = gpu - layout.gpuStart[host];
  const site = layout.site.hosts[host];
  const old = state.host.driverOld[host] === 1;
  const job = book.running.get(state.gpu.job[gpu]);
  return labelText({
    ...{ gpu: slot, UUID: layout.uuids[gpu], pci_bus_id: layout.pciBusIds[gpu] },
    ...{ device: `nvidia${slot}`, modelName: layout.gpuFigures[host]!.modelName },
    [hostLabelName(host)]: site.nodeName ?? site.id,
    DCGM_FI_DRIVER_VERSION: old ? OLD_DRIVER_VERSION : DRIVER_VERSION,
    ...(job && {
      container: 'main',
      namespace: job.namespace,
      pod: podName(job, job.hosts.indexOf(host)),
      pod_uid: '',
    }),
  });
}
