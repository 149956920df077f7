/** node_exporter: the host, its NICs and disks; chrony and PTP exporters beside it. */
import type { Mapping, MappingRow } from '../mapping.ts';
import { rowsOf } from './rows.ts';

const host = rowsOf('host');

/**
 * Ports, not what is layered on them. IPoIB (`ib0`) is left to the HCA's own counters, which the
 * InfiniBand collector gives under names such as `mlx5_0`.
 */
const PORTS = {
  device:
    /^(?!(lo|docker|veth|br-|virbr|cali|cni|flannel|tap|tun|ifb|bond|dummy|ovs|vxlan|kube|lxc|cilium|nodelocal|gre|sit|ip6|team|vlan|wg|ib[a-z]*\d)|.*[.@])./,
};
const DISKS = { device: /^(nvme\d+n\d+|[svh]d[a-z]+|xvd[a-z]+|mmcblk\d+)$/ };
const LOCAL_FILES = {
  fstype:
    /^(?!(tmpfs|devtmpfs|overlay|squashfs|ramfs|iso9660|rootfs|autofs|nfs|fuse|cifs|efivarfs))./,
};

const nic = rowsOf('nic', { where: PORTS, combine: 'sum' });

const CPU: MappingRow[] = [
  // 1 - idle; waiting for I/O counts as busy here, as the CPU's reservation does.
  host(['node_cpu_seconds_total', 'node_cpu'], 'cpuUtilRatio', {
    where: { mode: 'idle' },
    ...{ mode: 'rate', combine: 'mean', scale: -1, offset: 1 },
  }),
  host(['node_cpu_seconds_total', 'node_cpu'], 'cpuStealRatio', {
    where: { mode: 'steal' },
    ...{ mode: 'rate', combine: 'mean' },
  }),
  host(['node_load1'], 'load1Count'),
  host(['node_pressure_cpu_waiting_seconds_total'], 'cpuPressureRatio', { mode: 'rate' }),
  host(['node_hwmon_temp_celsius'], 'cpuTempC', {
    where: { chip: /coretemp|k10temp|zenpower/ },
    combine: 'max',
  }),
  {
    ...{ metrics: ['node_hwmon_temp_celsius'], signal: 'cpuTempC', entity: 'socket' },
    ...{ where: { chip: /coretemp_\d+$/ }, combine: 'max' },
  },
  host(['node_rapl_package_joules_total'], 'cpuPowerW', { mode: 'rate', combine: 'sum' }),
  {
    ...{ metrics: ['node_rapl_package_joules_total'], signal: 'cpuPowerW', entity: 'socket' },
    ...{ mode: 'rate', combine: 'sum' },
  },
  host(['node_rapl_dram_joules_total'], 'memPowerW', { mode: 'rate', combine: 'sum' }),
];

const MEMORY: MappingRow[] = [
  host(['node_memory_MemTotal_bytes', 'node_memory_MemTotal'], 'memTotalBytes'),
  host(['node_memory_MemAvailable_bytes', 'node_memory_MemAvailable'], 'memAvailableBytes'),
  host(['node_memory_MemAvailable_bytes', 'node_memory_MemAvailable'], 'memUsedRatio', {
    over: { metrics: ['node_memory_MemTotal_bytes', 'node_memory_MemTotal'] },
    ...{ scale: -1, offset: 1 },
  }),
  host(['node_pressure_memory_waiting_seconds_total'], 'memPressureRatio', { mode: 'rate' }),
  host(['node_vmstat_oom_kill'], 'oomKillPerH', { mode: 'increase1h' }),
  host(['node_edac_correctable_errors_total'], 'memEccSbeCount', { combine: 'sum' }),
  host(['node_edac_uncorrectable_errors_total'], 'memEccDbeCount', { combine: 'sum' }),
];

const DISK: MappingRow[] = [
  // The fullest file system is the one with the least left.
  host(['node_filesystem_avail_bytes'], 'diskUsedRatio', {
    where: LOCAL_FILES,
    over: { metrics: ['node_filesystem_size_bytes'], by: ['device', 'mountpoint'] },
    ...{ combine: 'min', scale: -1, offset: 1 },
  }),
  host(['node_disk_io_time_seconds_total'], 'diskBusyRatio', {
    where: DISKS,
    ...{ mode: 'rate', combine: 'max' },
  }),
  {
    ...{ metrics: ['node_disk_io_time_seconds_total'], signal: 'diskBusyRatio', entity: 'nvme' },
    ...{ where: { device: /^nvme\d+n\d+$/ }, mode: 'rate' },
  },
  host(['node_pressure_io_waiting_seconds_total'], 'ioPressureRatio', { mode: 'rate' }),
];

const NETWORK: MappingRow[] = [
  // An HCA's counters hold its RDMA traffic, the interface's the rest: their sum is the port's.
  nic(
    ['node_network_receive_bytes_total', 'node_infiniband_port_data_received_bytes_total'],
    'netRxBytesPerS',
    { mode: 'rate' },
  ),
  nic(
    ['node_network_transmit_bytes_total', 'node_infiniband_port_data_transmitted_bytes_total'],
    'netTxBytesPerS',
    { mode: 'rate' },
  ),
  nic(
    [
      ...['node_network_receive_errs_total', 'node_network_transmit_errs_total'],
      ...['node_infiniband_port_errors_received_total', 'node_infiniband_symbol_error_total'],
      ...['node_infiniband_link_error_recovery_total'],
    ],
    'linkErrorPerS',
    { mode: 'rate' },
  ),
  nic(
    ['node_network_carrier_down_changes_total', 'node_infiniband_link_downed_total'],
    'linkDownedPerH',
    { mode: 'increase1h' },
  ),
  nic(['node_network_receive_drop_total', 'node_network_transmit_drop_total'], 'packetLossRatio', {
    mode: 'rate',
    over: {
      metrics: ['node_network_receive_packets_total', 'node_network_transmit_packets_total'],
      idle: 0,
    },
  }),
  nic(['node_network_speed_bytes', 'node_infiniband_rate_bytes_per_second'], 'linkBytesPerS'),
  nic(['node_network_up'], 'linkUpFlag', { combine: 'min' }),
  // State 4 is active.
  nic(['node_infiniband_state_id'], 'linkUpFlag', {
    ...{ values: { '4': 1, else: 0 }, combine: 'min' },
  }),
];

const IDENTITY: MappingRow[] = [
  host(['node_boot_time_seconds', 'node_boot_time'], 'bootTimeS'),
  host(['node_boot_time_seconds', 'node_boot_time'], 'upFlag', { values: { else: 1 } }),
  host(['node_dmi_info'], 'firmwareText', { textLabel: 'bios_version' }),
  host(['node_dmi_info'], 'modelText', { textLabel: 'product_name' }),
];

const CLOCK: MappingRow[] = [
  host(['node_timex_offset_seconds'], 'clockOffsetS'),
  // 16 s while the clock follows nothing.
  host(['node_timex_maxerror_seconds'], 'clockUncertaintyS'),
];

export const nodeExporter: Mapping = {
  id: 'node_exporter',
  title: 'Prometheus node_exporter',
  checkedAgainst: 'its e2e page (3,027 samples) and a page of 1.5.0',
  rows: [...CPU, ...MEMORY, ...DISK, ...NETWORK, ...IDENTITY, ...CLOCK],
  ignore: [
    /^node_(arp|bcache|bcachefs|bonding|btrfs|buddyinfo|cgroups|context|cooling|dmmultipath)_/,
    /^node_(drbd|entropy|exporter|fibrechannel|filefd|forks|intr|interrupts|ipvs|kernel|ksmd)_/,
    /^node_(lnstat|md|mountstats|netstat|nf|nfs|nfsd|nvme|os|pcidevice|power_supply)_/,
    /^node_(processes|procs|protocols|qdisc|runit|schedstat|scrape|selinux|slabinfo|sockstat)_/,
    /^node_(softirqs|softnet|supervisord|swap|sysctl|systemd|tape|tcp|textfile|thermal|time)_/,
    /^node_(udp|uname|wifi|watchdog|xfrm|xfs|zfs|zoneinfo|vmstat|hwmon)_/,
    /^node_cpu_(?!seconds_total$)/,
    /^node_disk_(?!io_time_seconds_total$)/,
    /^node_edac_(channel|csrow)_/,
    /^node_filesystem_(device_error|files|files_free|free_bytes|mount_info|purgeable|readonly)/,
    /^node_infiniband_(?!port_data_(received|transmitted)_bytes_total$)/,
    /^node_load(5|15)$/,
    /^node_memory_(?!Mem(Total|Available))/,
    /^node_network_(?!(receive|transmit)_(bytes|packets|drop|errs)_total$|speed_bytes$|up$)/,
    /^node_pressure_(cpu|memory|io|irq)_stalled_seconds_total$/,
    /^node_(pressure_irq|rapl_(core|uncore|psys))_/,
    /^node_timex_(?!offset_seconds$|maxerror_seconds$)/,
    /^node_softirqs_functions_total$/,
    /^testmetric\d_/,
  ],
};

export const chrony: Mapping = {
  id: 'chrony_exporter',
  title: 'chrony_exporter and linuxptp-daemon',
  checkedAgainst: 'list of metrics of chrony_exporter; PTP names from memory',
  rows: [
    host(['chrony_tracking_last_offset_seconds'], 'clockOffsetS'),
    host(['chrony_tracking_root_dispersion_seconds'], 'clockUncertaintyS'),
    // Nanoseconds of the system clock against the PTP hardware clock.
    host(['openshift_ptp_offset_ns'], 'clockOffsetS', {
      where: { from: ['phc2sys', 'phc'] },
      scale: 1e-9,
    }),
    host(['openshift_ptp_max_offset_ns'], 'clockUncertaintyS', {
      where: { from: ['phc2sys', 'phc'] },
      scale: 1e-9,
    }),
  ],
  ignore: [/^chrony_(tracking|sources|serverstats|up|exporter)/, /^openshift_ptp_/],
};
