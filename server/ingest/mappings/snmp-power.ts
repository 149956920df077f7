/** snmp_exporter: rack PDUs (APC, Raritan, Server Technology) and UPSs (RFC 1628, APC). */
import type { Mapping, MappingRow } from '../mapping.ts';

const row = (
  metrics: readonly string[],
  signal: string,
  entity: MappingRow['entity'],
  extra: Partial<MappingRow> = {},
): MappingRow => ({ metrics, signal, entity, ...extra });

const PERCENT = 0.01;
const TENTH = 0.1;
const HUNDREDTH = 0.01;
const MILLI = 1e-3;
const J_PER_WH = 3600;
const J_PER_TENTH_KWH = 360_000;

/** PowerNet-MIB: hundredths of kW, tenths of A, tenths of kWh; -1 where a model cannot measure. */
const APC_PDU: MappingRow[] = [
  row(['rPDU2DeviceStatusPower'], 'pduPowerW', 'pdu', { scale: 10, combine: 'sum' }),
  row(['rPDU2PhaseStatusCurrent', 'rPDULoadStatusLoad'], 'pduCurrentA', 'pdu', {
    ...{ scale: TENTH, combine: 'max' },
  }),
  row(['rPDU2PhaseStatusVoltage'], 'inputVoltageV', 'pdu', { combine: 'mean' }),
  row(['rPDU2DeviceStatusEnergy'], 'pduEnergyJ', 'pdu', {
    ...{ scale: J_PER_TENTH_KWH, combine: 'sum' },
  }),
  row(['rPDU2OutletMeteredStatusPower'], 'outletPowerW', 'pduOutlet'),
];

/** PDU-MIB: W, mA, mV, Wh; PDU2-MIB: sensor 5 is active power in W, 8 active energy in Wh. */
const RARITAN: MappingRow[] = [
  row(['inletActivePower'], 'pduPowerW', 'pdu', { combine: 'sum' }),
  row(['inletCurrent'], 'pduCurrentA', 'pdu', { scale: MILLI, combine: 'max' }),
  row(['inletVoltage'], 'inputVoltageV', 'pdu', { scale: MILLI, combine: 'mean' }),
  row(['outletActivePower'], 'outletPowerW', 'pduOutlet'),
  row(['measurementsInletSensorValue'], 'pduPowerW', 'pdu', {
    where: { sensorType: ['5', 'activePower'] },
    combine: 'sum',
  }),
  row(['measurementsInletSensorValue'], 'pduEnergyJ', 'pdu', {
    where: { sensorType: ['8', 'activeEnergy'] },
    ...{ scale: J_PER_WH, combine: 'sum' },
  }),
  row(['measurementsOutletSensorValue'], 'outletPowerW', 'pduOutlet', {
    where: { sensorType: ['5', 'activePower'] },
  }),
];

/** Sentry3-MIB and Sentry4-MIB: W, hundredths of A, tenths of V, tenths of kWh. */
const SERVER_TECHNOLOGY: MappingRow[] = [
  row(['infeedPower', 'st4InputCordActivePower'], 'pduPowerW', 'pdu', { combine: 'sum' }),
  row(['infeedLoadValue', 'st4LineCurrent'], 'pduCurrentA', 'pdu', {
    ...{ scale: HUNDREDTH, combine: 'max' },
  }),
  row(['infeedVoltage', 'st4PhaseVoltage'], 'inputVoltageV', 'pdu', {
    ...{ scale: TENTH, combine: 'mean' },
  }),
  row(['infeedEnergy', 'st4InputCordEnergy'], 'pduEnergyJ', 'pdu', {
    ...{ scale: J_PER_TENTH_KWH, combine: 'sum' },
  }),
  row(['outletPower', 'st4OutletActivePower'], 'outletPowerW', 'pduOutlet'),
];

const PDU_ROWS = [...APC_PDU, ...RARITAN, ...SERVER_TECHNOLOGY];

export const snmpPdu: Mapping = {
  id: 'snmp-pdu',
  title: 'Rack PDUs by snmp_exporter (apcups, raritan, servertech_sentry3, servertech_sentry4)',
  checkedAgainst: "snmp_exporter's modules, units as the MIBs state them; no page",
  rows: [
    ...PDU_ROWS,
    row(
      ['rPDU2DeviceStatusPower', 'inletActivePower', 'infeedPower', 'st4InputCordActivePower'],
      'upFlag',
      'pdu',
      { values: { else: 1 }, combine: 'max' },
    ),
  ],
  ignore: [
    /^rPDU(2|Load|Ident|Outlet|PowerSupply)/,
    /^(inlet|outlet)(Max|Operational|WattHours|Current$|Voltage$|Index|Label|Status|Load|Capacity)/,
    /^(infeed|outlet|tower|branch)[A-Z]/,
    /^st4/,
    /^(unitCpuTemp|externalSensor.*|measurements(Inlet|Outlet|Unit|Circuit).*)$/,
    /^(iem|uio)[A-Z]/,
  ],
};

/** UPS-MIB (RFC 1628): W, %, min, s, whole V. */
const RFC1628: MappingRow[] = [
  row(['upsOutputPower'], 'upsPowerW', 'ups', { combine: 'sum' }),
  row(['upsOutputPercentLoad'], 'upsLoadRatio', 'ups', { scale: PERCENT, combine: 'max' }),
  row(['upsEstimatedChargeRemaining'], 'batteryChargeRatio', 'ups', { scale: PERCENT }),
  row(['upsEstimatedMinutesRemaining'], 'batteryRuntimeS', 'ups', { scale: 60 }),
  row(['upsBatteryTemperature'], 'batteryTempC', 'ups'),
  row(['upsInputVoltage'], 'inputVoltageV', 'ups', { combine: 'mean' }),
  row(['upsSecondsOnBattery'], 'onBatteryFlag', 'ups', { values: { '0': 0, else: 1 } }),
  row(['upsSecondsOnBattery', 'upsBasicOutputStatus'], 'upFlag', 'ups', {
    ...{ values: { else: 1 }, combine: 'max' },
  }),
];

/** PowerNet-MIB: %, hundredths of a second (TimeTicks), V. */
const APC_UPS: MappingRow[] = [
  row(['upsAdvOutputActivePower'], 'upsPowerW', 'ups', { combine: 'sum' }),
  row(['upsAdvOutputLoad'], 'upsLoadRatio', 'ups', { scale: PERCENT }),
  row(['upsAdvBatteryCapacity'], 'batteryChargeRatio', 'ups', { scale: PERCENT }),
  row(['upsAdvBatteryRunTimeRemaining'], 'batteryRuntimeS', 'ups', { scale: HUNDREDTH }),
  row(['upsAdvBatteryTemperature'], 'batteryTempC', 'ups'),
  row(['upsAdvInputLineVoltage'], 'inputVoltageV', 'ups'),
  // 2 on line, 3 on battery.
  row(['upsBasicOutputStatus'], 'onBatteryFlag', 'ups', { values: { '3': 1, else: 0 } }),
];

export const snmpUps: Mapping = {
  id: 'snmp-ups',
  title: 'UPSs by snmp_exporter (RFC 1628 UPS-MIB; apcups)',
  checkedAgainst: "snmp_exporter's modules; units of the MIBs from memory; no page",
  rows: [...RFC1628, ...APC_UPS],
  ignore: [/^ups[A-Z]/],
};
