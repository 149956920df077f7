/** idrac_exporter: Redfish of Dell, HPE, Lenovo and Supermicro BMCs; `target` is the BMC. */
import type { Mapping, MappingRow } from '../mapping.ts';
import { PERCENT } from './rows.ts';

const row = (
  name: string,
  signal: string,
  entity: MappingRow['entity'],
  extra: Partial<MappingRow> = {},
): MappingRow => ({ metrics: [`idrac_${name}`], signal, entity, ...extra });

/** 0 OK, 1 warning, 2 critical; 10 is a word that the exporter does not know. */
const HEALTH = { '0': 0, '1': 1, '2': 2 };
const HEALTHY = { '0': 1, '1': 1, '2': 0 };
const named = (name: RegExp) => ({ name });

export const idracExporter: Mapping = {
  id: 'idrac_exporter',
  title: 'idrac_exporter',
  checkedAgainst: 'descriptions of its metrics in its source; no page',
  rows: [
    row('power_control_consumed_watts', 'bmcPowerW', 'bmcHost', { combine: 'max' }),
    row('system_power_on', 'poweredOnFlag', 'bmcHost'),
    row('system_health', 'healthCode', 'bmcHost', { values: HEALTH }),
    row('sensors_temperature', 'inletTempC', 'bmcHost', {
      where: named(/inlet|ambient|intake/i),
      combine: 'max',
    }),
    row('sensors_temperature', 'exhaustTempC', 'bmcHost', {
      where: named(/exhaust|outlet/i),
      combine: 'max',
    }),
    row('sensors_temperature', 'cpuTempC', 'bmcHost', {
      where: named(/^(?!.*(margin|dimm|vrm)).*(cpu|processor)/i),
      combine: 'max',
    }),
    row('sensors_temperature', 'dimmTempC', 'bmcHost', { where: named(/dimm/i), combine: 'max' }),
    row('sensors_fan_speed', 'fanSpeedRpm', 'fan', { where: { units: /^rpm$/i }, combine: 'min' }),
    row('sensors_fan_speed', 'fanSpeedRatio', 'fan', {
      ...{ where: { units: /^percent$/i }, combine: 'max', scale: PERCENT },
    }),
    row('sensors_fan_health', 'fanOkFlag', 'fan', { values: HEALTHY, combine: 'min' }),
    row('power_supply_input_watts', 'psuInputPowerW', 'psu'),
    row('power_supply_output_watts', 'psuOutputPowerW', 'psu'),
    row('power_supply_input_voltage', 'inputVoltageV', 'psu'),
    row('power_supply_health', 'psuOkFlag', 'psu', { values: HEALTHY }),
    row('power_supply_health', 'healthCode', 'psu', { values: HEALTH }),
    row('memory_module_health', 'healthCode', 'dimm', { values: HEALTH }),
    row('manager_health', 'healthCode', 'bmc', { values: HEALTH }),
    row('system_bios_info', 'firmwareText', 'bmcHost', { textLabel: 'version' }),
    row('manager_info', 'bmcFirmwareText', 'bmc', { textLabel: 'firmware' }),
    // Carries the serial number, by which a BMC with an unknown address becomes known.
    row('system_machine_info', 'modelText', 'bmcHost', { textLabel: 'model' }),
  ],
  ignore: [
    /^idrac_(cpu|dell|events|exporter|storage|network)_/,
    /^idrac_memory_module_(info|capacity_bytes|speed_mhz)$/,
    /^idrac_power_control_(?!consumed_watts$)/,
    /^idrac_power_supply_(capacity_watts|efficiency_percent)$/,
    /^idrac_system_(indicator_.*|memory_size_bytes|cpu_count)$/,
  ],
};
