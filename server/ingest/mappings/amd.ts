/** AMD GPUs: AMD's Device Metrics Exporter, and rocm-smi as Telegraf exposes it. */
import type { Mapping, MappingRow } from '../mapping.ts';
import { MHZ, MIB, PERCENT, type RowOf, rowsOf } from './rows.ts';

/** The exporter's prefix is configurable: none by default, `amd_` in many charts. */
const both = (names: readonly string[]) => names.flatMap(name => [name, `amd_${name}`]);

const gpu = rowsOf('gpu');
const dme: RowOf = (names, signal, extra) => gpu(both(names), signal, extra);

const clock = (type: string, signal: string) =>
  dme(['gpu_clock'], signal, {
    where: { clock_type: `GPU_CLOCK_TYPE_${type}` },
    combine: 'max',
    scale: MHZ,
  });

export const amdDeviceMetrics: Mapping = {
  id: 'amd-device-metrics-exporter',
  title: 'AMD Device Metrics Exporter',
  checkedAgainst: 'its list of metrics; sample lines of an MI300X',
  rows: [
    // MI300 reports the package, MI200 its average; other partitions of a GPU report 0.
    dme(['gpu_package_power', 'gpu_average_package_power'], 'gpuPowerW', { combine: 'max' }),
    dme(['gpu_energy_consumed'], 'gpuEnergyJ', { scale: 1e-6, combine: 'max' }),
    dme(['gpu_junction_temperature', 'gpu_edge_temperature'], 'gpuTempC', { combine: 'max' }),
    dme(['gpu_memory_temperature'], 'gpuMemTempC', { combine: 'max' }),
    dme(['gpu_gfx_activity'], 'utilRatio', { scale: PERCENT, combine: 'mean' }),
    dme(['gpu_umc_activity'], 'memCopyUtilRatio', { scale: PERCENT, combine: 'mean' }),
    dme(['gpu_used_vram'], 'gpuMemUsedBytes', { scale: MIB }),
    dme(['gpu_free_vram'], 'gpuMemFreeBytes', { scale: MIB }),
    dme(['gpu_total_vram'], 'gpuMemTotalBytes', { scale: MIB }),
    clock('SYSTEM', 'smClockHz'),
    clock('MEMORY', 'gpuMemClockHz'),
    dme(['gpu_ecc_correct_total'], 'eccSbeCount'),
    dme(['gpu_ecc_uncorrect_total'], 'eccDbeCount'),
    dme(['pcie_speed'], 'pcieLinkSpeedRatio', { over: { metrics: both(['pcie_max_speed']) } }),
    dme(['pcie_replay_count'], 'pcieReplayPerS', { mode: 'rate' }),
    dme(
      [
        'gpu_violation_processor_hot_residency_percentage',
        'gpu_violation_ppt_residency_percentage',
        'gpu_violation_socket_thermal_residency_percentage',
        'gpu_violation_vr_thermal_residency_percentage',
        'gpu_violation_hbm_thermal_residency_percentage',
      ],
      'throttleRatio',
      { scale: PERCENT, combine: 'max' },
    ),
    dme(['gpu_health'], 'healthCode', { values: { '1': 0, '0': 2 } }),
    dme(['gpu_package_power', 'gpu_average_package_power'], 'modelText', {
      textLabel: 'card_model',
    }),
  ],
  ignore: [
    /^(amd_)?gpu_(power_usage|nodes_total|xgmi_|prof_|violation_|ecc_(un)?correct_)/,
    /^(amd_)?gpu_(total|used|free)_(visible_vram|gtt)$/,
    /^(amd_)?gpu_(min_clock|max_clock|voltage|gfx_voltage|memory_voltage|current_accumulated_.*)$/,
    /^(amd_)?gpu_((mma|vcn|jpeg)_activity|.*_busy_instantaneous|hbm_temperature)$/,
    /^(amd_)?pcie_(bandwidth|recovery|replay_rollover|nack|bidirectional|rx|tx)/,
  ],
};

const telegraf = (name: string, signal: string, extra: Partial<MappingRow> = {}): MappingRow => ({
  ...{ metrics: [`amd_rocm_smi_${name}`], signal, entity: 'gpu', ...extra },
});

export const rocmSmi: Mapping = {
  id: 'rocm_smi',
  title: 'rocm-smi by Telegraf (amd_rocm_smi)',
  checkedAgainst: 'fields of the plugin, from memory; no page',
  rows: [
    telegraf('power_draw', 'gpuPowerW'),
    telegraf('temperature_sensor_junction', 'gpuTempC'),
    telegraf('temperature_sensor_memory', 'gpuMemTempC'),
    telegraf('fan_speed', 'fanSpeedRatio', { scale: PERCENT }),
    telegraf('utilization_gpu', 'utilRatio', { scale: PERCENT }),
    telegraf('utilization_memory', 'memCopyUtilRatio', { scale: PERCENT }),
    telegraf('memory_used', 'gpuMemUsedBytes'),
    telegraf('memory_free', 'gpuMemFreeBytes'),
    telegraf('memory_total', 'gpuMemTotalBytes'),
    telegraf('clocks_current_sm', 'smClockHz', { scale: MHZ }),
    telegraf('clocks_current_memory', 'gpuMemClockHz', { scale: MHZ }),
  ],
  ignore: [
    /^amd_rocm_smi_(temperature_sensor_edge|clocks_current_(display|fabric|system)|driver_.*)$/,
    /^amd_rocm_smi_.*(redundant|usage|count)$/,
  ],
};
