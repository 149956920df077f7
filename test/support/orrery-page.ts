/**
 * What Prometheus would scrape from Orrery and from the exporters of a small site whose every value
 * is known: 2 racks of 2 hosts of 2 GPUs. Names come from the same functions as the server's.
 */
import {
  forecastMetricName,
  type Kind,
  kindsOf,
  LIMITS,
  limitMetricName,
  metricName,
  SIGNALS,
  type SignalRow,
  signalIndex,
  TEXT_LABEL,
} from '../../twin/index.ts';

type Labels = Readonly<Record<string, string>>;

interface FixtureHost {
  readonly id: string;
  readonly rack: string;
  readonly index: number;
}

const RACKS = ['r1', 'r2'] as const;
export const HOSTS: readonly FixtureHost[] = RACKS.flatMap((rack, r) =>
  [1, 2].map(slot => ({ id: `${rack}h${slot}`, rack, index: 2 * r + slot - 1 })),
);
const GPUS = HOSTS.flatMap(host =>
  [0, 1].map(slot => ({ host, slot, id: `${host.id}-gpu${slot}`, uuid: `GPU-${host.id}-${slot}` })),
);

const HALL: Labels = { site: 's1', hall: 's1-a' };
const ROW: Labels = { ...HALL, row: 's1-a-1' };
const rackLabels = (rack: string): Labels => ({ ...ROW, rack });
const hostLabels = (host: FixtureHost): Labels => ({ ...rackLabels(host.rack), host: host.id });

/** Values of r1h1, r1h2, r2h1, r2h2; a signal that is not listed has the value of its unit. */
const BY_HOST: Readonly<Record<string, readonly number[]>> = {
  powerW: [2010, 2110, 2210, 2310],
  powerLoadW: [2010, 2110, 2210, 2310],
  powerLimitW: [4000, 4000, 4000, 4000],
  powerHeadroomW: [1990, 1890, 1790, 1690],
  // the one breached limit: 36 °C is above the allowable 35 °C and the recommended 27 °C
  inletTempC: [24, 36, 23, 22],
  gpuTempC: [55, 61, 60, 66],
  gpuThermalMarginK: [30, 24, 25, 19],
  gpuPowerW: [800, 900, 1000, 1100],
  // r2h2 lost a GPU, r2h1 is drained, r1h2 has an NVLink down
  gpuPresentFlag: [2, 2, 2, 1],
  schedulableFlag: [1, 1, 0, 1],
  nvlinkDownCount: [0, 1, 0, 0],
  utilRatio: [0.5, 0.25, 0, 1],
  gpusAllocatedCount: [2, 2, 0, 1],
  gpusAllocatableCount: [2, 2, 0, 2],
  gpusFreeCount: [0, 0, 0, 1],
  packetLossRatio: [0.0005, 0, 0, 0],
  clockOffsetS: [0.01, 0, 0, 0],
  dewPointC: [10, 10, 10, 10],
};

/** Values above the host that no roll-up gives. */
const BY_KIND: Readonly<Record<string, number>> = {
  'site.powerLimitW': 10_000,
  'rack.powerLimitW': 6000,
  'site.powerHeadroomW': 1360,
  'site.pueRatio': 1.1,
  'site.gpusPendingCount': 16,
};

/** A value that breaks no limit, by name or else by unit. */
function quiet(signal: SignalRow): number {
  if (/(Ok|up|Ready|Writable|poweredOn|linkUp)Flag$/.test(signal.id) || signal.id === 'upFlag')
    return 1;
  if (/^pcieLink/.test(signal.id)) return 1;
  const byUnit: Partial<Record<SignalRow['unit'], number>> = {
    ...{ W: 1000, C: 20, K: 20, Ratio: 0.04, Bytes: 1e9, BytesPerS: 1e6, Rpm: 5000, S: 1 },
  };
  return byUnit[signal.unit] ?? 0;
}

/** Value of a signal at a level, over the hosts below it. */
export function fixtureValue(kind: Kind, signalId: string, hosts = HOSTS): number {
  const signal = SIGNALS[signalIndex(signalId)];
  const own = hosts.map(host => BY_HOST[signalId]?.[host.index] ?? quiet(signal));
  if (kind === 'host') return own[0];
  const fixed = BY_KIND[`${kind}.${signalId}`];
  if (fixed !== undefined) return fixed;
  const op = signal.rollup?.to.includes(kind) ? signal.rollup.op : 'mean';
  const sum = own.reduce((total, value) => total + value, 0);
  if (op === 'max') return Math.max(...own);
  if (op === 'min') return Math.min(...own);
  // loads add up as well where no roll-up but a plane or an estimate makes them
  return op === 'sum' || /^power(Load)?W$/.test(signalId) ? sum : sum / own.length;
}

/** Entities of the exported kinds, with the hosts below each. */
const ENTITIES: readonly { kind: Kind; labels: Labels; hosts: readonly FixtureHost[] }[] = [
  { kind: 'site', labels: { site: 's1' }, hosts: HOSTS },
  { kind: 'hall', labels: HALL, hosts: HOSTS },
  { kind: 'row', labels: ROW, hosts: HOSTS },
  ...RACKS.map(rack => ({
    kind: 'rack' as const,
    labels: rackLabels(rack),
    hosts: HOSTS.filter(host => host.rack === rack),
  })),
  ...HOSTS.map(host => ({ kind: 'host' as const, labels: hostLabels(host), hosts: [host] })),
];

const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}{${pairs.join(',')}} ${value}`;
}

const THRESHOLD_WITHOUT_DEFAULT = 1e9;

function signalLines(): string[] {
  return ENTITIES.flatMap(({ kind, labels, hosts }) =>
    SIGNALS.filter(signal => kindsOf(signal).includes(kind)).map(signal => {
      const text: Labels = signal.unit === 'Text' ? { [TEXT_LABEL]: 'v1', class: 'h100x8' } : {};
      const value = signal.unit === 'Text' ? 1 : fixtureValue(kind, signal.id, hosts);
      return line(metricName(kind, signal), { ...labels, ...text }, value);
    }),
  );
}

function limitLines(): string[] {
  // as the server does: only limits in the unit of their signal
  const valued = LIMITS.filter(limit => ['capacity', 'bound'].includes(limit.kind));
  return ENTITIES.flatMap(({ kind, labels }) =>
    valued
      .filter(limit => limit.at.includes(kind))
      .map(limit => {
        const value = limit.value ?? THRESHOLD_WITHOUT_DEFAULT;
        const name = limitMetricName(kind, SIGNALS[signalIndex(limit.signal)]);
        return line(name, { ...labels, limit: limit.id }, value);
      }),
  );
}

function infoLines(): string[] {
  return [
    ...HOSTS.map(host =>
      line('orrery_host_info', { ...hostLabels(host), node: host.id, bmc: bmcOf(host) }, 1),
    ),
    ...GPUS.map(gpu => line('orrery_gpu_info', gpuLabels(gpu), 1)),
  ];
}

const bmcOf = (host: FixtureHost) => `192.0.2.${10 + host.index}`;
const busId = (slot: number) => `00000000:${slot + 5}3:00.0`;

const gpuLabels = ({ host, slot, id, uuid }: (typeof GPUS)[number]): Labels => ({
  ...hostLabels(host),
  gpu: id,
  UUID: uuid,
  pci_bus_id: busId(slot),
  model: 'H100-SXM5-80GB',
});

/** What Orrery says of itself. */
function selfLines(): string[] {
  const forecasts = (['powerW', 'heatW', 'gpusAllocatedCount'] as const).flatMap(id => {
    const name = forecastMetricName('site', SIGNALS[signalIndex(id)]);
    const at = fixtureValue('site', id);
    const band = { yhat: at * 1.1, yhat_lower: at, yhat_upper: at * 1.2 };
    return Object.entries(band).map(([ml_forecast, value]) =>
      line(name, { site: 's1', horizon: '6h', ml_forecast }, value),
    );
  });
  // the limit is named by the entity that binds
  const limited = { kind: 'site', entity: 's1', signal: 'powerW', limit: 's1' };
  const rack = { ...limited, kind: 'rack', entity: 'r2', limit: 'ups-a' };
  return [
    ...forecasts,
    line('orrery_time_to_limit_seconds', limited, 200_000),
    line('orrery_time_to_limit_seconds', rack, 40_000),
    line('orrery_alerts', { state: 'firing', severity: 'critical' }, 1),
    line('orrery_alerts', { state: 'pending', severity: 'warning' }, 2),
    line('orrery_source_up', { source: 'dcgm', kind: 'scrape' }, 1),
    line('orrery_source_up', { source: 'bmc-r2h2', kind: 'redfish' }, 0),
    line('orrery_source_age_seconds', { source: 'dcgm' }, 4),
    line('orrery_source_age_seconds', { source: 'bmc-r2h2' }, 4000),
    ...['rack', 'host'].flatMap(kind => [
      line('orrery_signal_age_seconds', { kind, signal: 'powerW' }, 5),
      line('orrery_signal_quality', { kind, signal: 'powerW', quality: 'measured' }, 4),
      line('orrery_signal_quality', { kind, signal: 'powerW', quality: 'stale' }, 0),
    ]),
    line('orrery_unmatched_series', {}, 3),
    line('orrery_ingest_samples_total', {}, 100_000),
    line('orrery_ingest_dropped_total', { reason: 'stale' }, 7),
    ...fidelityLines(),
  ];
}

/** Scores of two lines: hosts better than the last value, GPU temperatures worse and drifting. */
const SCORES: readonly (readonly [metric: string, host: number, gpu: number | undefined])[] = [
  ['scored_values', 20_000, 4000],
  ['mape_ratio', 0.02, undefined],
  ['bias', 14, -0.3],
  ['rmse', 160, 1.1],
  ['skill_persistence', 0.62, -0.2],
  ['skill_mean', 0.86, 0.5],
  ['coverage_ratio', 0.91, 0.7],
  ['drifting', 0, 1],
  ['scored_rounds', 2400, 2400],
  ['early', 0, 0],
];

function fidelityLines(): string[] {
  const host = { kind: 'host', signal: 'powerW', horizon: '900s' };
  const gpu = { kind: 'gpu', signal: 'gpuTempC', horizon: '0s' };
  const liar = { entity: 'r1h2', signal: 'bmcPowerW', fault: 'scale' };
  return [
    ...SCORES.flatMap(([metric, ofHost, ofGpu]) => [
      line(`orrery_fidelity_${metric}`, host, ofHost),
      ...(ofGpu === undefined ? [] : [line(`orrery_fidelity_${metric}`, gpu, ofGpu)]),
    ]),
    line('orrery_calibration_samples_total', { model: 'hostPower', outcome: 'updated' }, 3000),
    line('orrery_calibration_samples_total', { model: 'hostPower', outcome: 'clipped' }, 12),
    ...['round_seconds', 'step_seconds', 'failed_rounds'].map(name =>
      line(`orrery_calibration_${name}`, {}, name === 'failed_rounds' ? 0 : 0.02),
    ),
    line('orrery_sensor_disagreements', { fault: 'scale' }, 1),
    line('orrery_sensor_disagreements', { fault: 'stuck' }, 0),
    line('orrery_sensor_disagreement_confidence_ratio', liar, 0.97),
    line('orrery_sensor_balances', {}, 40),
    line('orrery_sensor_balances_current', {}, 38),
    line('orrery_sensor_agreement_round_seconds', {}, 0.01),
  ];
}

const page = (lines: readonly string[]) => `${lines.join('\n')}\n`;

export const orreryPage = (): string =>
  page([...signalLines(), ...limitLines(), ...infoLines(), ...selfLines()]);

/** Fields of dcgm-exporter with the value of the first GPU; the others count up from it. */
const DCGM_FIELDS: Readonly<Record<string, number>> = {
  DCGM_FI_DEV_GPU_TEMP: 55,
  DCGM_FI_DEV_MEMORY_TEMP: 60,
  DCGM_FI_DEV_POWER_USAGE: 400,
  DCGM_FI_DEV_SM_CLOCK: 1980,
  DCGM_FI_DEV_FB_USED: 40_000,
  DCGM_FI_DEV_PCIE_REPLAY_COUNTER: 0,
  DCGM_FI_DEV_XID_ERRORS: 0,
  DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS: 0,
  DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS: 0,
  DCGM_FI_DEV_ROW_REMAP_FAILURE: 0,
  DCGM_FI_PROF_PCIE_TX_BYTES: 1e9,
  DCGM_FI_PROF_PCIE_RX_BYTES: 2e9,
  DCGM_FI_PROF_GR_ENGINE_ACTIVE: 0.1,
  DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: 0.05,
  DCGM_FI_PROF_DRAM_ACTIVE: 0.02,
};

/** One dcgm-exporter for all; half of the GPUs with the newer spelling of the host label. */
export function dcgmPage(): string {
  return page(
    GPUS.flatMap((gpu, index) => {
      const labels: Labels = {
        gpu: String(gpu.slot),
        UUID: gpu.uuid,
        pci_bus_id: busId(gpu.slot),
        device: `nvidia${gpu.slot}`,
        modelName: 'NVIDIA H100 80GB HBM3',
        [index % 2 ? 'hostname' : 'Hostname']: `exporter-${gpu.host.id}`,
        ...(gpu.host.rack === 'r1' ? { namespace: 'training', pod: `train-${index}` } : {}),
      };
      const fields = Object.entries(DCGM_FIELDS).map(([name, base]) =>
        line(name, labels, name.endsWith('ACTIVE') ? base * (index + 1) : base + index),
      );
      const events = { ...labels, clock_event: 'power_cap', window_size_in_ms: '300000' };
      return [...fields, line('DCGM_EXP_CLOCK_EVENTS_COUNT', events, index)];
    }),
  );
}

export const nodePage = (host: FixtureHost): string =>
  page([
    line('node_uname_info', { nodename: host.id, sysname: 'Linux' }, 1),
    ...['eth0', 'ib0', 'lo'].flatMap(device => [
      line('node_network_receive_bytes_total', { device }, 1e9),
      line('node_network_transmit_bytes_total', { device }, 1e9),
    ]),
  ]);

export const ipmiPage = (host: FixtureHost): string =>
  page([
    line('ipmi_temperature_celsius', { id: '18', name: 'Inlet Temp' }, 24 + host.index),
    line('ipmi_temperature_celsius', { id: '19', name: 'Exhaust Temp' }, 40 + host.index),
  ]);

export const kueuePage = (): string => {
  const queue = { cluster_queue: 'research' };
  const gpus = { ...queue, cohort: 'all', flavor: 'h100', resource: 'nvidia.com/gpu' };
  return page([
    line('kueue_cluster_queue_nominal_quota', gpus, 8),
    line('kueue_cluster_queue_resource_usage', gpus, 5),
    line('kueue_pending_workloads', { ...queue, status: 'active' }, 3),
    line('kueue_pending_workloads', { ...queue, status: 'inadmissible' }, 1),
  ]);
};

interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Labels;
}

/** What `/sd` would list: an exporter a group, all served at one address under different paths. */
export const targetGroups = (address: string): readonly TargetGroup[] => {
  const group = (path: string, instance: string) => ({
    targets: [address],
    labels: { __metrics_path__: path, instance },
  });
  return [
    group('/dcgm', 'dcgm:9400'),
    group('/kueue', 'kueue:8080'),
    ...HOSTS.map(host => group(`/node/${host.id}`, `198.51.100.${host.index}:9100`)),
    ...HOSTS.map(host => group(`/ipmi/${host.id}`, bmcOf(host))),
  ];
};

/** The page of a path, or nothing. */
export function fixturePage(path: string): string | undefined {
  const [, name, hostId] = path.split('/');
  const host = HOSTS.find(one => one.id === hostId);
  if (name === 'metrics') return orreryPage();
  if (name === 'dcgm') return dcgmPage();
  if (name === 'kueue') return kueuePage();
  if (host && name === 'node') return nodePage(host);
  if (host && name === 'ipmi') return ipmiPage(host);
  return undefined;
}
