/** nvidia_gpu_exporter (utkuozdemir): the fields of nvidia-smi, in base units, labelled by UUID. */
import type { Mapping, MappingRow } from '../mapping.ts';
import { GT_PER_S } from './rows.ts';

const gpu = (name: string, signal: string, extra: Partial<MappingRow> = {}): MappingRow => ({
  ...{ metrics: [`nvidia_smi_${name}`], signal, entity: 'gpu', ...extra },
});

const COUNTERS = 'nvidia_smi_clocks_event_reasons_counters';

export const nvidiaGpuExporter: Mapping = {
  id: 'nvidia_gpu_exporter',
  title: 'nvidia_gpu_exporter (nvidia-smi)',
  checkedAgainst: 'pages of H100, H100 with MIG, L40S and RTX 2080 Super, idle and loaded',
  rows: [
    gpu('power_draw_watts', 'gpuPowerW'),
    gpu('enforced_power_limit_watts', 'gpuPowerLimitW'),
    gpu('temperature_gpu', 'gpuTempC'),
    gpu('temperature_memory', 'gpuMemTempC'),
    gpu('temperature_gpu_tlimit', 'gpuThermalMarginK'),
    gpu('fan_speed_ratio', 'fanSpeedRatio'),
    gpu('utilization_gpu_ratio', 'utilRatio'),
    gpu('utilization_memory_ratio', 'memCopyUtilRatio'),
    gpu('utilization_encoder_ratio', 'encoderUtilRatio'),
    gpu('utilization_decoder_ratio', 'decoderUtilRatio'),
    gpu('memory_used_bytes', 'gpuMemUsedBytes'),
    gpu('memory_free_bytes', 'gpuMemFreeBytes'),
    gpu('memory_total_bytes', 'gpuMemTotalBytes'),
    gpu('clocks_current_sm_clock_hz', 'smClockHz'),
    gpu('clocks_current_memory_clock_hz', 'gpuMemClockHz'),
    {
      metrics: [
        ...['nvidia_smi_clocks_event_reasons_active', 'nvidia_smi_clocks_throttle_reasons_active'],
      ],
      ...{ signal: 'clockEventCode', entity: 'gpu' },
    },
    {
      metrics: [
        ...[`${COUNTERS}_sw_power_cap_seconds`, `${COUNTERS}_sw_thermal_slowdown_seconds`],
        ...[`${COUNTERS}_hw_thermal_slowdown_seconds`],
        ...[`${COUNTERS}_hw_power_brake_slowdown_seconds`],
      ],
      ...{ signal: 'throttleRatio', entity: 'gpu', mode: 'rate', combine: 'max' },
    },
    // GPUs may lower the generation of an idle link to save power; datacentre boards do not.
    gpu('pcie_link_gen_current', 'pcieLinkSpeedRatio', {
      values: GT_PER_S,
      over: { metrics: ['nvidia_smi_pcie_link_gen_max'] },
    }),
    gpu('pcie_link_width_current', 'pcieLinkWidthRatio', {
      over: { metrics: ['nvidia_smi_pcie_link_width_max'] },
    }),
    gpu('ecc_errors_corrected_volatile_total', 'eccSbeCount'),
    gpu('ecc_errors_uncorrected_volatile_total', 'eccDbeCount'),
    {
      metrics: [
        ...['nvidia_smi_remapped_rows_correctable', 'nvidia_smi_remapped_rows_uncorrectable'],
      ],
      ...{ signal: 'rowRemapCount', entity: 'gpu', combine: 'sum' },
    },
    gpu('remapped_rows_pending', 'rowRemapPendingFlag'),
    gpu('remapped_rows_failure', 'rowRemapFailureFlag'),
    gpu('gpu_info', 'driverText', { textLabel: 'driver_version' }),
    gpu('gpu_info', 'modelText', { textLabel: 'name' }),
  ],
  ignore: [
    /^nvidia_smi_(accounting|c2c|compute|display|driver_model|edpp|encoder|fabric|gsp|inforom)_/,
    /^nvidia_smi_(mig_mode|pci|pcie_link|platform|protected_memory|remapped_rows_)/,
    /^nvidia_smi_ecc_(mode|errors_(un)?corrected_)/,
    /^nvidia_smi_(un)?corrected_/,
    /^nvidia_smi_clocks_(event_reasons|throttle_reasons|max|current_(graphics|video))/,
    /^nvidia_smi_power_(default_limit|draw_(average|instant)|limit|max_limit|min_limit)/,
    /^nvidia_smi_utilization_(jpeg|ofa)_ratio$/,
    /^nvidia_smi_(compute_apps|count|index|serial|name|pstate|persistence_mode|kmd_version)$/,
    /^nvidia_smi_(driver_version|gpu_recovery_action|memory_reserved_bytes|dramEncryption.*)$/,
    /^nvidia_smi_(command_exit_code|failed_scrapes_total|last_collect_success)$/,
  ],
};
