/** redfish_exporter and its successors for HGX and GB300 trays. */
import type { Mapping, MappingRow } from '../mapping.ts';
import { PERCENT } from './rows.ts';

const row = (
  names: readonly string[],
  signal: string,
  entity: MappingRow['entity'],
  extra: Partial<MappingRow> = {},
): MappingRow => ({ metrics: names.map(name => `redfish_${name}`), signal, entity, ...extra });

/** The exporter counts OK 1, warning 2, critical 3. */
const HEALTH = { '1': 0, '2': 1, '3': 2 };
const HEALTHY = { '1': 1, '2': 1, '3': 0 };
const sensor = (pattern: RegExp) => ({ sensor: pattern });

const CHASSIS: MappingRow[] = [
  row(['chassis_power_average_consumed_watts'], 'bmcPowerW', 'bmcHost', { combine: 'max' }),
  row(['chassis_temperature_celsius'], 'inletTempC', 'bmcHost', {
    where: sensor(/inlet|ambient|intake/i),
    combine: 'max',
  }),
  row(['chassis_temperature_celsius'], 'exhaustTempC', 'bmcHost', {
    where: sensor(/exhaust|outlet/i),
    combine: 'max',
  }),
  row(['chassis_temperature_celsius'], 'cpuTempC', 'bmcHost', {
    where: sensor(/^(?!.*(margin|dimm|vrm)).*(cpu|processor)/i),
    combine: 'max',
  }),
  row(['chassis_temperature_celsius'], 'dimmTempC', 'bmcHost', {
    where: sensor(/dimm/i),
    combine: 'max',
  }),
  row(['chassis_fan_rpm'], 'fanSpeedRpm', 'fan', {
    where: { fan_unit: ['rpm', ''] },
    combine: 'min',
  }),
  row(['chassis_fan_rpm'], 'fanSpeedRatio', 'fan', {
    ...{ where: { fan_unit: 'percent' }, combine: 'max', scale: PERCENT },
  }),
  row(['chassis_fan_health'], 'fanOkFlag', 'fan', { values: HEALTHY, combine: 'min' }),
  row(['chassis_power_powersupply_power_input_watts'], 'psuInputPowerW', 'psu'),
  row(['chassis_power_powersupply_power_output_watts'], 'psuOutputPowerW', 'psu'),
  row(['chassis_power_powersupply_health'], 'psuOkFlag', 'psu', { values: HEALTHY }),
  row(['chassis_power_powersupply_health'], 'healthCode', 'psu', { values: HEALTH }),
  row(['chassis_leak_detector_health'], 'leakFlag', 'bmcHost', {
    ...{ values: { '1': 0, '2': 1, '3': 1 }, combine: 'max' },
  }),
];

const SYSTEM: MappingRow[] = [
  row(['system_health_state'], 'healthCode', 'bmcHost', { values: HEALTH, combine: 'max' }),
  // 1 is on.
  row(['system_power_state'], 'poweredOnFlag', 'bmcHost', {
    ...{ values: { '1': 1, else: 0 }, combine: 'max' },
  }),
  row(['system_bios_info'], 'firmwareText', 'bmcHost', { textLabel: 'bios_version' }),
  row(['system_bios_info'], 'modelText', 'bmcHost', { textLabel: 'model' }),
];

const GPU: MappingRow[] = [
  row(['gpu_health'], 'healthCode', 'gpu', { values: HEALTH }),
  row(['gpu_memory_ecc_correctable_total'], 'eccSbeCount', 'gpu', { combine: 'sum' }),
  row(['gpu_memory_ecc_uncorrectable_total'], 'eccDbeCount', 'gpu', { combine: 'sum' }),
  row(['gpu_memory_row_remapping_pending'], 'rowRemapPendingFlag', 'gpu', { combine: 'max' }),
  row(['gpu_memory_row_remapping_failed'], 'rowRemapFailureFlag', 'gpu', { combine: 'max' }),
  row(
    ['gpu_memory_correctable_row_remapping_count', 'gpu_memory_uncorrectable_row_remapping_count'],
    'rowRemapCount',
    'gpu',
    { combine: 'sum' },
  ),
  row(
    ['gpu_nvlink_symbol_errors', 'gpu_nvlink_link_error_recovery_count'],
    'nvlinkErrorPerS',
    'gpu',
    {
      ...{ mode: 'rate', combine: 'sum' },
    },
  ),
  // Links that are not up: starting, training, down or none.
  row(['gpu_nvlink_link_status'], 'nvlinkDownCount', 'gpu', {
    ...{ values: { '1': 0, else: 1 }, combine: 'sum' },
  }),
];

export const redfishExporter: Mapping = {
  id: 'redfish_exporter',
  title: 'redfish_exporter',
  checkedAgainst: 'NVLink page of a GB300 (648 samples); catalogue of its metrics',
  rows: [...CHASSIS, ...SYSTEM, ...GPU],
  ignore: [
    /^redfish_(exporter|manager|firmware|up|session|telemetry|powershelf|json)/,
    /^redfish_chassis_(health|health_rollup|state|model_info|temperature_sensor|fan_state)/,
    /^redfish_chassis_(fan_rpm_|power_voltage|network|physical|log)/,
    /^redfish_chassis_power_powersupply_(state|.*efficiency|last_power|power_capacity)/,
    /^redfish_system_(state|total|memory|processor|storage|pcie|network|ethernet|log)/,
    /^redfish_gpu_(state|info|sram|context|nvlink_(state|health|runtime|training|bit|link_downed))/,
    /^redfish_gpu_memory_(capacity|state|health|high|low|no|partial|max)/,
  ],
};
