/**
 * Which field of which resource is which signal, as rows. Fields that are sensors in disguise
 * (arrays of legacy `Thermal` and `Power`) go through the sensor rows that IPMI shares. Ranks:
 * below 10 the resource made for it, 10-19 a summary that copies sensors, 20-29 the legacy one.
 */
import type { Kind } from '../../../twin/index.ts';
import type { Combine, Quantity } from '../bmc/sensor-rows.ts';

export interface FieldRow {
  /** Type of the resource: `PowerSupplyMetrics` of `#PowerSupplyMetrics.v1_0_1...`. */
  readonly type: string;
  /** Only in resources of a part of this kind; `machine`: of the machine itself; else any part. */
  readonly of: Kind | 'machine' | 'part';
  /** Array whose elements bear the field; with `only: 'first'` the others are not read. */
  readonly each?: string;
  readonly only?: 'first';
  /** Only where the name or id says so. */
  readonly named?: RegExp;
  readonly field: string;
  /** The value is a share of this field. */
  readonly over?: string;
  /** `ok`: a `Status` as 1 healthy or 0; `text`: as it is; otherwise a number or a code. */
  readonly read?: 'ok' | 'text';
  /** Taken whatever the state of the resource. */
  readonly always?: true;
  readonly codes?: Readonly<Record<string, number>>;
  readonly scale?: number;
  readonly offset?: number;
  readonly signal: string;
  /** Where it is written: the machine, the part that owns the resource, or the array's element. */
  readonly to: 'machine' | 'owner' | 'element';
  /** Kind of the array's element, when it is a part. */
  readonly element?: Kind;
  readonly rank: number;
  readonly combine: Combine;
}

/** Arrays whose elements are sensors. */
export interface SensorArrayRow {
  readonly type: string;
  readonly each: string;
  readonly reading: string;
  /** Fixed, or told by the element's `ReadingUnits`. */
  readonly quantity?: Quantity;
  /** The elements are parts of this kind, whatever their names; else names tell what they are. */
  readonly element?: Kind;
  readonly rank: number;
}

export const SENSOR_ARRAYS: readonly SensorArrayRow[] = [
  {
    ...{ type: 'Thermal', each: 'Temperatures', reading: 'ReadingCelsius', rank: 20 },
    quantity: 'temperature',
  },
  { type: 'Thermal', each: 'Fans', reading: 'Reading', element: 'fan', rank: 20 },
  { type: 'Power', each: 'Voltages', reading: 'ReadingVolts', quantity: 'voltage', rank: 20 },
];

const HEALTH = { OK: 0, Warning: 1, Critical: 2 };
const POWER_CODES = { On: 1, PoweringOn: 1, Off: 0, PoweringOff: 0 };
const INTRUSION = { Normal: 0, HardwareIntrusion: 1, TamperingDetected: 1 };
const DOOR = { Locked: 0, ClosedAndUnlocked: 0, Open: 1, LockedAndOpen: 1 };
const LEAK = { OK: 0, Warning: 1, Critical: 1 };
const YES = { true: 1, false: 0 };
const LINK_UP = { LinkUp: 1, LinkDown: 0, NoLink: 0 };
const LINK_DOWN = { LinkUp: 0, LinkDown: 1, NoLink: 1 };
/** GT/s per lane of each PCIe generation, to compare what is used with what could be. */
const PCIE_GTPS = { Gen1: 2.5, Gen2: 5, Gen3: 8, Gen4: 16, Gen5: 32, Gen6: 64 };
const BYTES_PER_S_PER_GBPS = 1.25e8;

const MIN = { combine: 'min' } as const;
const SUM = { combine: 'sum' } as const;
const FIRST = { combine: 'first' } as const;
const TEXT = { read: 'text', ...FIRST } as const;
const POWER_STATE = { codes: POWER_CODES, always: true, ...MIN } as const;
const OK = { read: 'ok', ...MIN } as const;
const PSUS = { each: 'PowerSupplies', to: 'element', element: 'psu', ...FIRST } as const;
const FANS = { each: 'Fans', to: 'element', element: 'fan' } as const;
const PCIE = 'SystemInterface.PCIe';
const INTAKE = 'TemperatureSummaryCelsius.Intake.Reading';
const EXHAUST = 'TemperatureSummaryCelsius.Exhaust.Reading';

export const FIELD_ROWS: readonly FieldRow[] = [
  // -- the machine
  row('ComputerSystem', 'machine', 'PowerState', 'poweredOnFlag', 1, POWER_STATE),
  row('Chassis', 'machine', 'PowerState', 'poweredOnFlag', 5, POWER_STATE),
  row('ComputerSystem', 'machine', 'Status.HealthRollup', 'healthCode', 1, { codes: HEALTH }),
  row('ComputerSystem', 'machine', 'Status.Health', 'healthCode', 2, { codes: HEALTH }),
  row('Chassis', 'machine', 'Status.HealthRollup', 'healthCode', 5, { codes: HEALTH }),
  row('Chassis', 'machine', 'Status.Health', 'healthCode', 6, { codes: HEALTH }),
  row('ComputerSystem', 'machine', 'BiosVersion', 'firmwareText', 1, TEXT),
  row('SoftwareInventory', 'machine', 'Version', 'firmwareText', 3, {
    ...TEXT,
    named: /\bbios\b/i,
  }),
  row('ComputerSystem', 'machine', 'Model', 'modelText', 1, TEXT),
  row('Chassis', 'machine', 'Model', 'modelText', 5, TEXT),
  row('Manager', 'machine', 'FirmwareVersion', 'bmcFirmwareText', 1, TEXT),
  row('Chassis', 'machine', 'PhysicalSecurity.IntrusionSensor', 'doorOpenFlag', 1, {
    codes: INTRUSION,
  }),
  row('Chassis', 'machine', 'Doors.Front.DoorState', 'doorOpenFlag', 1, { codes: DOOR }),
  row('Chassis', 'machine', 'Doors.Rear.DoorState', 'doorOpenFlag', 1, { codes: DOOR }),

  // -- power; the first element of PowerControl is the machine, the others are parts of it
  row('EnvironmentMetrics', 'machine', 'PowerWatts.Reading', 'bmcPowerW', 11, FIRST),
  row('Power', 'machine', 'PowerConsumedWatts', 'bmcPowerW', 21, {
    ...FIRST,
    each: 'PowerControl',
    only: 'first',
  }),
  row('Power', 'machine', 'Oem.Hpe.PowerMetric.CpuWatts', 'cpuPowerW', 22),
  row('Power', 'machine', 'Oem.Hpe.PowerMetric.DimmWatts', 'memPowerW', 22),
  row('PowerSupplyMetrics', 'psu', 'InputPowerWatts.Reading', 'psuInputPowerW', 11),
  row('PowerSupplyMetrics', 'psu', 'OutputPowerWatts.Reading', 'psuOutputPowerW', 11),
  row('PowerSupplyMetrics', 'psu', 'InputVoltage.Reading', 'inputVoltageV', 11),
  row('Power', 'machine', 'PowerInputWatts', 'psuInputPowerW', 21, PSUS),
  row('Power', 'machine', 'PowerOutputWatts', 'psuOutputPowerW', 21, PSUS),
  row('Power', 'machine', 'LastPowerOutputWatts', 'psuOutputPowerW', 22, PSUS),
  row('Power', 'machine', 'LineInputVoltage', 'inputVoltageV', 21, PSUS),
  row('PowerSupply', 'psu', 'Status.Health', 'healthCode', 1, { codes: HEALTH }),
  row('PowerSupply', 'psu', 'Status', 'psuOkFlag', 1, OK),
  row('Power', 'machine', 'Status.Health', 'healthCode', 21, { ...PSUS, codes: HEALTH }),
  row('Power', 'machine', 'Status', 'psuOkFlag', 21, { ...PSUS, ...OK }),
  row('PowerSubsystem', 'machine', 'Status', 'redundancyOkFlag', 1, {
    ...OK,
    each: 'PowerSupplyRedundancy',
  }),
  row('Power', 'machine', 'Status', 'redundancyOkFlag', 21, { ...OK, each: 'Redundancy' }),
  row('BatteryMetrics', 'battery', 'ChargePercent.Reading', 'batteryChargeRatio', 1, {
    scale: 0.01,
  }),
  row('BatteryMetrics', 'battery', 'TemperatureCelsius.Reading', 'batteryTempC', 1),

  // -- air and coolant
  row('ThermalMetrics', 'machine', INTAKE, 'inletTempC', 11),
  row('ThermalMetrics', 'machine', EXHAUST, 'exhaustTempC', 11),
  row('EnvironmentMetrics', 'machine', 'HumidityPercent.Reading', 'humidityRatio', 11, {
    scale: 0.01,
  }),
  row('EnvironmentMetrics', 'machine', 'DewPointCelsius.Reading', 'dewPointC', 11),
  row('CoolantConnector', 'machine', 'SupplyTemperatureCelsius.Reading', 'supplyTempC', 1),
  row('CoolantConnector', 'machine', 'ReturnTemperatureCelsius.Reading', 'returnTempC', 1),
  row('CoolantConnector', 'machine', 'FlowLitersPerMinute.Reading', 'coolantFlowM3PerS', 1, {
    ...SUM,
    scale: 1 / 60_000,
  }),
  row('CoolantConnector', 'machine', 'SupplyPressurekPa.Reading', 'coolantPressurePa', 1, {
    scale: 1_000,
  }),
  row('LeakDetector', 'machine', 'DetectorState', 'leakFlag', 1, { codes: LEAK }),
  row('Fan', 'fan', 'SpeedPercent.SpeedRPM', 'fanSpeedRpm', 0, MIN),
  row('Fan', 'fan', 'SpeedPercent.Reading', 'fanSpeedRatio', 0, { scale: 0.01 }),
  row('Fan', 'fan', 'Status.Health', 'healthCode', 1, { codes: HEALTH }),
  row('Fan', 'fan', 'Status', 'fanOkFlag', 1, OK),
  row('Thermal', 'machine', 'Status.Health', 'healthCode', 21, { ...FANS, codes: HEALTH }),
  row('Thermal', 'machine', 'Status', 'fanOkFlag', 21, { ...FANS, ...OK }),

  // -- GPUs; resources of their memory go by types of their own, since only the walk can tell
  row('EnvironmentMetrics', 'gpu', 'PowerWatts.Reading', 'gpuPowerW', 11),
  row('EnvironmentMetrics', 'gpu', 'PowerLimitWatts.SetPoint', 'gpuPowerLimitW', 1),
  row('EnvironmentMetrics', 'gpu', 'EnergyJoules.Reading', 'gpuEnergyJ', 11),
  row('EnvironmentMetrics', 'gpu', 'TemperatureCelsius.Reading', 'gpuTempC', 11),
  row('MemoryEnvironment', 'gpu', 'TemperatureCelsius.Reading', 'gpuMemTempC', 11),
  row('Processor', 'gpu', 'Status.Health', 'healthCode', 1, { codes: HEALTH }),
  row('Processor', 'gpu', 'Model', 'modelText', 1, TEXT),
  row('Processor', 'gpu', `${PCIE}.LanesInUse`, 'pcieLinkWidthRatio', 1, {
    ...MIN,
    over: `${PCIE}.MaxLanes`,
  }),
  row('Processor', 'gpu', `${PCIE}.PCIeType`, 'pcieLinkSpeedRatio', 1, {
    ...MIN,
    codes: PCIE_GTPS,
    over: `${PCIE}.MaxPCIeType`,
  }),
  row('Port', 'gpu', 'LinkStatus', 'nvlinkDownCount', 1, { ...SUM, codes: LINK_DOWN }),
  row('Memory', 'gpu', 'Oem.Nvidia.RowRemappingPending', 'rowRemapPendingFlag', 1, { codes: YES }),
  row('Memory', 'gpu', 'Oem.Nvidia.RowRemappingFailed', 'rowRemapFailureFlag', 1, { codes: YES }),
  ...errors('ProcessorMetrics', 'gpu', 'CacheMetricsTotal.LifeTime', 1),
  ...errors('MemoryMetrics', 'gpu', 'LifeTime', 1),
  ...errors('MemorySummaryMetrics', 'gpu', 'LifeTime', 11),

  // -- CPUs, memory, drives, NICs
  row('EnvironmentMetrics', 'socket', 'PowerWatts.Reading', 'cpuPowerW', 11, {
    ...SUM,
    to: 'machine',
  }),
  row('EnvironmentMetrics', 'socket', 'TemperatureCelsius.Reading', 'cpuTempC', 11, {
    to: 'machine',
  }),
  row('Memory', 'dimm', 'Status.Health', 'healthCode', 1, { codes: HEALTH }),
  row('MemoryEnvironment', 'dimm', 'TemperatureCelsius.Reading', 'dimmTempC', 1),
  ...errors('MemoryMetrics', 'dimm', 'LifeTime', 1),
  row('Drive', 'nvme', 'Status.Health', 'healthCode', 1, { codes: HEALTH }),
  row('Drive', 'nvme', 'FailurePredicted', 'healthCode', 1, { codes: YES }),
  row('Drive', 'nvme', 'PredictedMediaLifeLeftPercent', 'diskWearRatio', 1, {
    scale: -0.01,
    offset: 1,
  }),
  row('NetworkAdapter', 'nic', 'Status.Health', 'healthCode', 1, { codes: HEALTH }),
  row('NetworkAdapter', 'nic', 'Status.HealthRollup', 'healthCode', 2, { codes: HEALTH }),
  row('Port', 'nic', 'LinkStatus', 'linkUpFlag', 1, { codes: LINK_UP }),
  row('Port', 'nic', 'CurrentSpeedGbps', 'linkBytesPerS', 1, {
    ...SUM,
    scale: BYTES_PER_S_PER_GBPS,
  }),
];

type Extra = Partial<Omit<FieldRow, 'type' | 'of' | 'field' | 'signal' | 'rank'>>;

/** Written to what it is of, and the largest of several, unless said otherwise. */
function row(
  type: string,
  of: FieldRow['of'],
  field: string,
  signal: string,
  rank: number,
  extra: Extra = {},
): FieldRow {
  const to = of === 'machine' ? 'machine' : 'owner';
  return { type, of, field, signal, rank, to, combine: 'max', ...extra };
}

/** Counters of corrected and uncorrected errors; those of cache and memory add up. */
function errors(type: string, of: Kind, path: string, rank: number): FieldRow[] {
  return [
    row(type, of, `${path}.CorrectableECCErrorCount`, 'eccSbeCount', rank, SUM),
    row(type, of, `${path}.UncorrectableECCErrorCount`, 'eccDbeCount', rank, SUM),
  ];
}
