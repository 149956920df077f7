/** snmp_exporter: rack PDUs (APC, Raritan, Server Technology) and UPSs (RFC 1628, APC). */
import type { Mapping, MappingRow } from '../mapping.ts';
import { MILLI, PERCENT } from './rows.ts';

const row = (
  metrics: readonly string[],
  signal: string,
  entity: MappingRow['entity'],
  extra: Partial<MappingRow> = {},
): MappingRow => ({ metrics, signal, entity, ...extra });

const TENTH = 0.1;
const HUNDREDTH = 0.01;
const J_PER_WH = 3600;
const J_PER_TENTH_KWH = 360_000;

/** PowerNet-MIB: hundredths of kW, tenths of A, tenths of kWh; -1 where a model cannot measure. */
const APC_PDU: MappingRow[] = [
  row(['rPDU2DeviceStatusPower'], 'pduPowerW', 'pdu', { scale: 10, combine: 'sum' }),
  row(['rPDU2PhaseStatusCurrent', 'rPDULoadStatusLoad'], 'pduCurrentA', 'pdu', {
    ...{ scale: TENTH, combine: 'max' },
  }),
  row(['rPDU2PhaseStatusVoltage'], 'inputVoltageV', 'pdu', { combine: 'mean' }),
  row(['rPDU2SensorTempHumidityStatusRelativeHumidity'], 'humidityRatio', 'rackOfPdu', {
    ...{ scale: PERCENT, combine: 'max', optional: true },
  }),
  row(['rPDU2DeviceStatusEnergy'], 'pduEnergyJ', 'pdu', {
    ...{ scale: J_PER_TENTH_KWH, combine: 'sum' },
  }),
];

/** PDU-MIB: W, mA, mV, Wh; PDU2-MIB: sensor 5 is active power in W, 8 active energy in Wh. */
const RARITAN: MappingRow[] = [
  row(['inletActivePower'], 'pduPowerW', 'pdu', { combine: 'sum' }),
  row(['inletCurrent'], 'pduCurrentA', 'pdu', { scale: MILLI, combine: 'max' }),
  row(['inletVoltage'], 'inputVoltageV', 'pdu', { scale: MILLI, combine: 'mean' }),
  row(['measurementsInletSensorValue'], 'pduPowerW', 'pdu', {
    where: { sensorType: ['5', 'activePower'] },
    combine: 'sum',
  }),
  row(['measurementsInletSensorValue'], 'pduEnergyJ', 'pdu', {
    where: { sensorType: ['8', 'activeEnergy'] },
    ...{ scale: J_PER_WH, combine: 'sum' },
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
];

/** An outlet feeds what its cord ends in; power where no cord is known is how a miscabled feed shows. */
const OUTLETS: MappingRow[] = (['pduOutlet', 'unwiredOutlet'] as const).flatMap(rule => {
  const signal = rule === 'pduOutlet' ? 'outletPowerW' : 'unwiredOutletPowerW';
  const extra = { combine: 'sum', optional: true } as const;
  return [
    row(
      [
        ...['rPDU2OutletMeteredStatusPower', 'outletActivePower'],
        ...['outletPower', 'st4OutletActivePower'],
      ],
      ...([signal, rule, extra] as const),
    ),
    row(['measurementsOutletSensorValue'], signal, rule, {
      ...{ where: { sensorType: ['5', 'activePower'] }, ...extra },
    }),
  ];
});

const PDU_ROWS = [...APC_PDU, ...RARITAN, ...SERVER_TECHNOLOGY, ...OUTLETS];

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

/** PowerNet-MIB of in-row coolers: tenths of a degree, of a kW and of a percent. */
const IN_ROW: MappingRow[] = [
  row(['airIRRCUnitStatusSupplyAirTempMetric'], 'supplyTempC', 'crah', { scale: TENTH }),
  row(['airIRRCUnitStatusReturnAirTempMetric'], 'returnTempC', 'crah', { scale: TENTH }),
  row(['airIRRCUnitStatusRackInletTempMetric'], 'inletTempC', 'crah', { scale: TENTH }),
  row(['airIRRCUnitStatusCoolOutput'], 'heatRemovedW', 'crah', { scale: 100 }),
  row(['airIRRCUnitStatusFanSpeed'], 'fanSpeedRatio', 'crah', { scale: MILLI }),
  // Whole litres a second, whatever the MIB says of hundredths (as checkmk found).
  row(['airIRRCUnitStatusAirFlowMetric'], 'airflowM3PerS', 'crah', { scale: MILLI }),
];

export const snmpCooling: Mapping = {
  id: 'snmp-cooling',
  title: 'In-row coolers by snmp_exporter (APC airIRRC)',
  checkedAgainst: 'units as others found them; no page',
  rows: IN_ROW,
  ignore: [/^air(IR|FM|PA)/],
};

export const snmpUps: Mapping = {
  id: 'snmp-ups',
  title: 'UPSs by snmp_exporter (RFC 1628 UPS-MIB; apcups)',
  checkedAgainst: "snmp_exporter's modules; units of the MIBs from memory; no page",
  rows: [...RFC1628, ...APC_UPS],
  ignore: [/^ups[A-Z]/],
};
