/** node_exporter's page of one host: the collectors an operator looks at, with their real names. */
import { F } from '../figures.ts';
import { clockOffsetS, cpuTempC } from '../readings.ts';
import type { Simulation } from '../simulation.ts';
import type { PlantHost } from '../site.ts';
import { createTemplate, type FamilyType, type Labels, type Template } from './exposition.ts';

type Page = Template<[Simulation, number]>;
type Value = (simulation: Simulation, host: number) => number;
type Series = readonly (readonly [Labels, Value])[];

/** CPUs shown: a real page has hundreds, all alike here. */
const CPUS_SHOWN = 4;
const CPU_THREADS = 224;
const MEM_TOTAL_BYTES = 2 ** 41;
const DISK_TOTAL_BYTES = 15.36e12;
const GIB = 2 ** 30;

interface NodeExporterPages {
  /** The page of a host, or undefined when the host is off. */
  render(host: number): string | undefined;
}

export function createNodeExporterPages(simulation: Simulation): NodeExporterPages {
  const { site } = simulation.layout;
  const common = new Map<string, Page>();
  const own = site.hosts.map(identityPage);
  return {
    render(host) {
      if (simulation.state.host.poweredOn[host] === 0) return undefined;
      const nics = site.hosts[host].nics.join();
      let page = common.get(nics);
      if (!page) {
        page = commonPage(site.hosts[host].nics);
        common.set(nics, page);
      }
      return own[host].render(simulation, host) + page.render(simulation, host);
    },
  };
}

function identityPage(host: PlantHost): Page {
  const page: Page = createTemplate();
  const name = host.nodeName ?? host.id;
  page.family(
    ['node_uname_info', 'gauge', 'Labeled system information.'],
    [
      [
        {
          ...{
            domainname: '(none)',
            machine: 'x86_64',
            nodename: name,
            release: '6.8.0-60-generic',
          },
          ...{ sysname: 'Linux', version: '#63-Ubuntu SMP' },
        },
        () => 1,
      ],
    ],
  );
  page.family(
    ['node_dmi_info', 'gauge', 'DMI identity of the machine.'],
    [
      [
        {
          ...{ bios_vendor: 'AMI', bios_version: '1.6.7', product_name: host.class },
          ...{ product_serial: host.serial ?? `SN-${host.id}`, system_vendor: 'NVIDIA' },
        },
        () => 1,
      ],
    ],
  );
  return page;
}

function commonPage(nics: readonly string[]): Page {
  const page: Page = createTemplate();
  const one = (name: string, type: FamilyType, help: string, value: Value) =>
    page.family([name, type, help], [[{}, value]]);
  one('node_boot_time_seconds', 'gauge', 'Unix time of last boot.', (s, h) =>
    Math.round(s.state.epochS + s.state.host.bootS[h]),
  );
  one(
    'node_time_seconds',
    'gauge',
    'System time.',
    (s, h) => s.state.epochS + s.state.nowS + clockOffsetS(s, h),
  );
  addCpu(page);
  addMemory(one);
  addEdac(page);
  addDisk(page);
  addNetwork(page, nics);
  addPressure(one);
  addClock(one);
  return page;
}

function addCpu(page: Page): void {
  const uptimeS: Value = (s, h) => s.state.nowS - s.state.host.bootS[h];
  const modes: readonly (readonly [string, Value])[] = [
    ['idle', (s, h) => 0.98 * uptimeS(s, h) - s.state.host.cpuBusyS[h]],
    ['iowait', (s, h) => s.state.host.cpuIowaitS[h]],
    ['irq', () => 0],
    ['nice', () => 0],
    ['softirq', (s, h) => 0.03 * s.state.host.cpuBusyS[h]],
    ['steal', () => 0],
    ['system', (s, h) => 0.25 * s.state.host.cpuBusyS[h]],
    ['user', (s, h) => 0.02 * uptimeS(s, h) + 0.7 * s.state.host.cpuBusyS[h]],
  ];
  const seconds: Series = Array.from({ length: CPUS_SHOWN }, (_, cpu) =>
    modes.map(([mode, value]): readonly [Labels, Value] => [{ cpu, mode }, cents(value)]),
  ).flat();
  page.family(
    ['node_cpu_seconds_total', 'counter', 'Seconds the CPUs spent in each mode.'],
    seconds,
  );
  const load =
    (share: number): Value =>
    (s, h) =>
      Math.round(100 * share * CPU_THREADS * s.state.host.cpuRatio[h]) / 100;
  page.family(['node_load1', 'gauge', '1m load average.'], [[{}, load(1)]]);
  page.family(['node_load5', 'gauge', '5m load average.'], [[{}, load(0.97)]]);
  page.family(['node_load15', 'gauge', '15m load average.'], [[{}, load(0.95)]]);
  page.family(
    ['node_hwmon_temp_celsius', 'gauge', 'Hardware monitor temperature.'],
    [0, 1].map(socket => [{ chip: `platform_coretemp_${socket}`, sensor: 'temp1' }, cpuTempC]),
  );
}

type One = (name: string, type: FamilyType, help: string, value: Value) => void;

function addMemory(one: One): void {
  const used: Value = (s, h) => Math.round(s.state.host.memRatio[h] * MEM_TOTAL_BYTES);
  const rows: readonly (readonly [string, Value])[] = [
    ['MemTotal', () => MEM_TOTAL_BYTES],
    ['MemFree', (s, h) => MEM_TOTAL_BYTES - used(s, h) - 40 * GIB],
    ['MemAvailable', (s, h) => MEM_TOTAL_BYTES - used(s, h) - 4 * GIB],
    ['Buffers', () => 2 * GIB],
    ['Cached', () => 30 * GIB],
    ['SwapTotal', () => 0],
    ['SwapFree', () => 0],
    ['Dirty', () => 12 * 2 ** 20],
    ['HardwareCorrupted', () => 0],
  ];
  for (const [field, value] of rows) {
    one(`node_memory_${field}_bytes`, 'gauge', `Memory information field ${field}_bytes.`, value);
  }
  one('node_vmstat_oom_kill', 'untyped', '/proc/vmstat information field oom_kill.', () => 0);
}

function addEdac(page: Page): void {
  const family = (what: string, value: Value) =>
    page.family(
      [`node_edac_${what}_errors_total`, 'counter', `Total ${what} memory errors.`],
      [[{ controller: 0 }, value]],
    );
  family('correctable', (s, h) => s.state.host.memErrors[h]);
  family('uncorrectable', () => 0);
}

function addDisk(page: Page): void {
  const drives = ['nvme0n1', 'nvme1n1'];
  const each = (value: Value): Series =>
    drives.map(drive => [{ device: drive }, (s, h) => value(s, h) / drives.length]);
  const family = (name: string, help: string, value: Value) =>
    page.family([`node_disk_${name}`, 'counter', help], each(value));
  family('read_bytes_total', 'Bytes read.', (s, h) => Math.round(s.state.host.diskReadBytes[h]));
  family('written_bytes_total', 'Bytes written.', (s, h) =>
    Math.round(s.state.host.diskWrittenBytes[h]),
  );
  page.family(
    ['node_disk_io_time_seconds_total', 'counter', 'Seconds spent doing I/Os.'],
    drives.map(drive => [{ device: drive }, cents((s, h) => s.state.host.diskBusyS[h])]),
  );
  const root = { device: '/dev/nvme0n1p2', fstype: 'ext4', mountpoint: '/' };
  const files = (name: string, value: Value) =>
    page.family([`node_filesystem_${name}`, 'gauge', `Filesystem ${name}.`], [[root, value]]);
  files('size_bytes', () => DISK_TOTAL_BYTES);
  files('avail_bytes', () => 0.62 * DISK_TOTAL_BYTES);
  files('free_bytes', () => 0.64 * DISK_TOTAL_BYTES);
  files('readonly', () => 0);
}

/** Traffic spreads evenly over all NICs but the first, which carries a hundredth (management). */
function addNetwork(page: Page, nics: readonly string[]): void {
  const share = (at: number) =>
    nics.length === 1 ? 1 : at === 0 ? 0.01 : 0.99 / (nics.length - 1);
  const each = (value: (at: number) => Value): Series =>
    nics.map((nic, at) => [{ device: nic }, value(at)]);
  const counter = (name: string, value: (at: number) => Value) =>
    page.family([`node_network_${name}`, 'counter', `Network counter ${name}.`], each(value));
  const gauge = (name: string, value: (at: number) => Value) =>
    page.family([`node_network_${name}`, 'gauge', `Network interface ${name}.`], each(value));
  counter(
    'receive_bytes_total',
    at => (s, h) => Math.round(share(at) * s.state.host.netRxBytes[h]),
  );
  counter(
    'transmit_bytes_total',
    at => (s, h) => Math.round(share(at) * s.state.host.netTxBytes[h]),
  );
  counter(
    'receive_packets_total',
    at => (s, h) => Math.round((share(at) * s.state.host.netRxBytes[h]) / 4096),
  );
  counter(
    'transmit_packets_total',
    at => (s, h) => Math.round((share(at) * s.state.host.netTxBytes[h]) / 4096),
  );
  counter(
    'receive_errs_total',
    at => (s, h) => (at === 0 ? Math.floor(s.state.host.netErrors[h]) : 0),
  );
  counter('transmit_errs_total', () => () => 0);
  counter('receive_drop_total', () => () => 0);
  counter('transmit_drop_total', () => () => 0);
  gauge('speed_bytes', () => () => F.nicLineBytesPerS);
  gauge('up', () => () => 1);
  counter('carrier_changes_total', () => () => 2);
}

function addPressure(one: One): void {
  const rows: readonly (readonly [string, Value])[] = [
    ['cpu_waiting', (s, h) => s.state.host.pressureS[h]],
    ['memory_waiting', () => 0],
    ['memory_stalled', () => 0],
    ['io_waiting', (s, h) => 0.3 * s.state.host.diskBusyS[h]],
    ['io_stalled', (s, h) => 0.1 * s.state.host.diskBusyS[h]],
  ];
  for (const [name, value] of rows) {
    const help = `Pressure stall: ${name.replace('_', ' ')}.`;
    one(`node_pressure_${name}_seconds_total`, 'counter', help, cents(value));
  }
}

function addClock(one: One): void {
  one('node_timex_offset_seconds', 'gauge', 'Time offset to reference clock.', clockOffsetS);
  one('node_timex_sync_status', 'gauge', 'Is clock synchronized (1 = yes).', () => 1);
  one('node_timex_maxerror_seconds', 'gauge', 'Maximum error.', () => 0.004);
  one('node_timex_estimated_error_seconds', 'gauge', 'Estimated error.', () => 0.0003);
}

const cents =
  (value: Value): Value =>
  (s, h) =>
    Math.round(100 * value(s, h)) / 100;
