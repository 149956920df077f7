/** ipmi_exporter: sensors of BMCs, whose names every vendor chooses. */
import type { Mapping } from '../mapping.ts';
import { rowsOf } from './rows.ts';

const bmc = rowsOf('bmcHost');

const SUPPLY = '(psu?\\s*\\d|(pwr|power)[ _-]*supply|psu)';
const named = (pattern: string) => ({ name: new RegExp(pattern, 'i') });

const INLET = named('inlet|ambient|intake|front.*temp|air.*in\\b');
const EXHAUST = named('exhaust|outlet|rear.*temp');
const CPU = named('^(?!.*(margin|vrm|vr |dimm|mem|dts|tjmax)).*(cpu|processor|proc)');
const DIMM = named('dimm|memory.*temp|mem.*temp');
const SUPPLY_IN = named(`^(?!.*(out|pout)).*${SUPPLY}`);
const SUPPLY_OUT = named(`${SUPPLY}.*(out)|pout.*ps`);
const WHOLE = named(`^(?!.*${SUPPLY}).*(consumption|system|sys|total|node|server|chassis)`);
const CHASSIS_FAN = named(`^(?!.*${SUPPLY}).*fan`);
const OK = { '0': 1, '1': 1, '2': 0 };

export const ipmiExporter: Mapping = {
  id: 'ipmi_exporter',
  title: 'Prometheus ipmi_exporter',
  checkedAgainst: 'sample lines of every family in its documentation',
  rows: [
    bmc(
      ['ipmi_dcmi_power_consumption_current_watts', 'ipmi_dcmi_power_consumption_watts'],
      'dcmiPowerW',
    ),
    bmc(['ipmi_power_watts'], 'bmcPowerW', { where: WHOLE, combine: 'max' }),
    {
      ...{ metrics: ['ipmi_power_watts'], signal: 'psuInputPowerW', entity: 'psu' },
      where: SUPPLY_IN,
    },
    {
      ...{ metrics: ['ipmi_power_watts'], signal: 'psuOutputPowerW', entity: 'psu' },
      where: SUPPLY_OUT,
    },
    bmc(['ipmi_temperature_celsius'], 'inletTempC', { where: INLET, combine: 'max' }),
    bmc(['ipmi_temperature_celsius'], 'exhaustTempC', { where: EXHAUST, combine: 'max' }),
    bmc(['ipmi_temperature_celsius'], 'cpuTempC', { where: CPU, combine: 'max' }),
    bmc(['ipmi_temperature_celsius'], 'dimmTempC', { where: DIMM, combine: 'max' }),
    {
      ...{ metrics: ['ipmi_fan_speed_rpm'], signal: 'fanSpeedRpm', entity: 'fan' },
      ...{ where: CHASSIS_FAN, combine: 'min' },
    },
    {
      ...{ metrics: ['ipmi_fan_speed_ratio'], signal: 'fanSpeedRatio', entity: 'fan' },
      ...{ where: CHASSIS_FAN, combine: 'max' },
    },
    {
      ...{ metrics: ['ipmi_fan_speed_state'], signal: 'fanOkFlag', entity: 'fan' },
      ...{ where: CHASSIS_FAN, values: OK, combine: 'min' },
    },
    bmc(['ipmi_voltage_volts'], 'railVoltageV', {
      where: named('(^|[^0-9.])\\+?p?12 ?v(?!.*bat)'),
      combine: 'min',
    }),
    {
      ...{ metrics: ['ipmi_voltage_volts'], signal: 'inputVoltageV', entity: 'psu' },
      where: named(`${SUPPLY}.*(in|ac|vin)`),
    },
    {
      ...{ metrics: ['ipmi_sensor_state'], signal: 'psuOkFlag', entity: 'psu' },
      ...{ where: { type: 'Power Supply', name: /^(?!.*redundan).*\d/i }, values: OK },
      combine: 'min',
    },
    {
      ...{ metrics: ['ipmi_sensor_state'], signal: 'healthCode', entity: 'psu' },
      ...{ where: { type: 'Power Supply', name: /^(?!.*redundan).*\d/i }, combine: 'max' },
    },
    bmc(['ipmi_sensor_state'], 'redundancyOkFlag', {
      where: { name: /redundan/i },
      values: { '0': 1, '1': 0, '2': 0 },
      combine: 'min',
    }),
    bmc(['ipmi_chassis_power_state'], 'poweredOnFlag'),
    {
      ...{ metrics: ['ipmi_up'], signal: 'upFlag', entity: 'bmc' },
      ...{ where: { collector: ['ipmi', 'bmc'] }, combine: 'max' },
    },
    {
      ...{ metrics: ['ipmi_bmc_info'], signal: 'bmcFirmwareText', entity: 'bmc' },
      textLabel: 'firmware_revision',
    },
    bmc(['ipmi_bmc_info'], 'firmwareText', { textLabel: 'system_firmware_version' }),
  ],
  ignore: [
    /^ipmi_(temperature|voltage|current|power)_state$/,
    /^ipmi_(current_amperes|sensor_value|scrape_duration_seconds|config_.*)$/,
    /^ipmi_(bmc_watchdog|sel|chassis_(drive_fault|cooling_fault|current))_/,
    /^ipmi_dcmi_/,
  ],
};
