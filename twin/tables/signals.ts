/**
 * Signals: every quantity the twin holds. One row gives a column per kind, ingest, a REST field, a
 * metric and a panel unit. Each measuring point is a signal of its own (`bmcPowerW` beside
 * `powerW`), so that sensors can be compared; the best estimates are rows of `estimates.ts`.
 */
import type { Kind } from './kinds.ts';
import { UNITS, type Unit } from './units.ts';

/** What is given up first under overload; a signal that bears a limit is never shed. */
export type ShedClass = 'limit' | 'operational' | 'informational';

export interface SignalRow {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  /** Kinds at which a source may write it, or an estimate or a plane derive it. */
  readonly kinds: readonly Kind[];
  /** Containment roll-up: how the values of the parts make the value of each of these wholes. */
  readonly rollup?: { readonly op: 'sum' | 'max' | 'min' | 'mean'; readonly to: readonly Kind[] };
  /** Physically possible values, inclusive; a sample outside is refused and counted. */
  readonly range: readonly [min: number, max: number];
  readonly shed: ShedClass;
  /** A ratio that the field reads as a plain factor (PUE 1.2), not as a share of one. */
  readonly isFactor?: true;
  /** Age at which a value no longer counts as current; three scrapes of 30 s unless it is slow. */
  readonly staleAfterS: number;
}

const UP: readonly Kind[] = ['host', 'rack', 'row', 'hall', 'site'];
const FROM_RACK: readonly Kind[] = ['rack', 'row', 'hall', 'site'];
const ROOM: readonly Kind[] = ['rack', 'row', 'hall', 'site'];
/** What sensors that are compared with one another are on. */
export const SENSED: readonly Kind[] = [
  ...(['gpu', 'host', 'psu', 'rack', 'pdu', 'feed', 'ups', 'row', 'tor', 'crah'] as const),
];
const FRESH_S = 90;
const SLOW_S = 900;
const FIXED_S = 7 * 86_400;

type Extra = Partial<Pick<SignalRow, 'rollup' | 'shed' | 'isFactor' | 'staleAfterS'>>;

function row(
  id: string,
  title: string,
  unit: Unit,
  kinds: readonly Kind[],
  range: readonly [number, number],
  extra: Extra = {},
): SignalRow {
  return { id, title, unit, kinds, range, shed: 'operational', staleAfterS: FRESH_S, ...extra };
}

const sum = (to: readonly Kind[]) => ({ op: 'sum', to }) as const;
const max = (to: readonly Kind[]) => ({ op: 'max', to }) as const;
const min = (to: readonly Kind[]) => ({ op: 'min', to }) as const;
const mean = (to: readonly Kind[]) => ({ op: 'mean', to }) as const;
const LIMIT = { shed: 'limit' } as const;
const INFO = { shed: 'informational' } as const;

/** Kinds that draw or carry electric power. */
const POWERED: readonly Kind[] = [
  ...['gpu', 'host', 'rack', 'row', 'hall', 'site', 'psu', 'pdu', 'feed', 'ups', 'sts'],
  ...['switchgear', 'transformer', 'generator', 'utilityFeed', 'tor', 'eor', 'spine'],
  ...['crah', 'cdu', 'chiller', 'accelerator'],
] as Kind[];
/** What a cord to an outlet of a rack PDU ends in. */
const OUTLET_FED: readonly Kind[] = ['psu', 'tor', 'eor', 'spine'];
const COOLED: readonly Kind[] = ['rack', 'row', 'hall', 'site', 'crah', 'cdu', 'chiller'];
const NETWORKED: readonly Kind[] = ['host', 'tor', 'eor', 'spine'];

export const SIGNALS: readonly SignalRow[] = [
  // -- power: best estimate, planes, then each measuring point ---------------------------------
  row('powerW', 'Power', 'W', POWERED, [0, 2e9], LIMIT),
  row('powerLoadW', 'Power load on the plane', 'W', POWERED, [0, 2e9], LIMIT),
  row('powerLimitW', 'Power limit', 'W', POWERED, [0, 2e9], LIMIT),
  row('powerHeadroomW', 'Power headroom', 'W', POWERED, [-2e9, 2e9], LIMIT),
  row('powerHeadroomN1W', 'Power headroom after any single loss', 'W', POWERED, [-2e9, 2e9], LIMIT),
  row('powerMarginN1W', 'Own power margin after any single loss', 'W', POWERED, [-2e9, 2e9], LIMIT),
  row('gpuPowerW', 'GPU power', 'W', ['gpu'], [0, 3000], { ...LIMIT, rollup: sum(UP) }),
  row('gpuPowerLimitW', 'GPU power cap', 'W', ['gpu'], [0, 3000], { rollup: sum(UP) }),
  row('gpuEnergyJ', 'GPU energy since driver load', 'J', ['gpu'], [0, 1e15], INFO),
  row('bmcPowerW', 'Power by the BMC', 'W', ['host', 'rack'], [0, 2e5], LIMIT),
  row('dcmiPowerW', 'Power by DCMI', 'W', ['host'], [0, 2e5], LIMIT),
  row('cpuPowerW', 'CPU package power', 'W', ['host', 'socket'], [0, 5000], {}),
  row('memPowerW', 'Memory power', 'W', ['host'], [0, 5000], {}),
  row('fanPowerW', 'Fan power', 'W', ['host'], [0, 5000], {}),
  row('psuInputPowerW', 'PSU input power', 'W', ['psu'], [0, 1e5], {
    ...LIMIT,
    rollup: sum(['host']),
  }),
  row('psuOutputPowerW', 'PSU output power', 'W', ['psu'], [0, 1e5], { rollup: sum(['host']) }),
  row('outletPowerW', 'Power by the PDU outlets', 'W', OUTLET_FED, [0, 1e5], {
    ...LIMIT,
    rollup: sum(['host']),
  }),
  row('pduPowerW', 'PDU inlet power', 'W', ['pdu'], [0, 2e6], LIMIT),
  row('pduCurrentA', 'PDU inlet current, worst phase', 'A', ['pdu', 'feed'], [0, 5000], LIMIT),
  row('pduEnergyJ', 'PDU energy', 'J', ['pdu'], [0, 1e18], INFO),
  row('inputVoltageV', 'Input voltage', 'V', ['psu', 'pdu', 'ups', 'feed'], [0, 50_000], {}),
  row('railVoltageV', '12 V rail', 'V', ['host'], [0, 60], INFO),
  row('upsPowerW', 'UPS output power', 'W', ['ups'], [0, 1e8], LIMIT),
  row('upsLoadRatio', 'UPS load', 'Ratio', ['ups'], [0, 3], LIMIT),
  row('batteryChargeRatio', 'Battery charge', 'Ratio', ['ups', 'battery'], [0, 1.05], LIMIT),
  row('batteryRuntimeS', 'Battery runtime left', 'S', ['ups', 'battery'], [0, 1e6], LIMIT),
  row('batteryTempC', 'Battery temperature', 'C', ['ups', 'battery'], [-40, 120], {}),
  row('onBatteryFlag', 'On battery', 'Flag', ['ups'], [0, 1], LIMIT),
  row('psuOkFlag', 'PSU healthy', 'Flag', ['psu'], [0, 1], { ...LIMIT, rollup: min(['host']) }),
  row(
    'redundancyOkFlag',
    'Power redundancy healthy',
    'Flag',
    ['host', 'rack', 'ups'],
    [0, 1],
    LIMIT,
  ),
  row(
    'unwiredOutletPowerW',
    'Power at outlets without a known cord',
    'W',
    ['pdu'],
    [0, 2e6],
    LIMIT,
  ),

  // -- heat and cooling --------------------------------------------------------------------------
  row('inletTempC', 'Inlet temperature', 'C', ['host', 'rack', 'crah'], [-30, 90], {
    ...LIMIT,
    rollup: max(FROM_RACK),
  }),
  row('exhaustTempC', 'Exhaust temperature', 'C', ['host', 'rack', 'crah'], [-30, 120], {
    rollup: max(FROM_RACK),
  }),
  row('supplyTempC', 'Supply temperature', 'C', ['crah', 'cdu', 'chiller'], [-30, 90], LIMIT),
  row('returnTempC', 'Return temperature', 'C', ['crah', 'cdu', 'chiller'], [-30, 120], {}),
  row('coolantFlowM3PerS', 'Coolant flow', 'M3PerS', ['cdu', 'rack', 'chiller'], [0, 100], LIMIT),
  row('coolantPressurePa', 'Coolant pressure', 'Pa', ['cdu', 'rack'], [0, 5e6], LIMIT),
  row('humidityRatio', 'Relative humidity', 'Ratio', ['hall', 'rack', 'host', 'crah'], [0, 1], {}),
  row('dewPointC', 'Dew point', 'C', ['hall', 'rack', 'crah', 'cdu'], [-60, 60], LIMIT),
  row(
    'dewPointMarginK',
    'Supply temperature above dew point',
    'K',
    ['crah', 'cdu'],
    [-100, 150],
    LIMIT,
  ),
  row('leakFlag', 'Leak detected', 'Flag', ['host', 'rack', 'cdu', 'crah'], [0, 1], {
    ...LIMIT,
    rollup: max(FROM_RACK),
  }),
  row('doorOpenFlag', 'Door open', 'Flag', ['rack', 'hall', 'host'], [0, 1], {}),
  row('fanSpeedRpm', 'Fan speed, slowest', 'Rpm', ['fan', 'host', 'crah'], [0, 60_000], {
    rollup: min(['host']),
  }),
  row('fanSpeedRatio', 'Fan duty', 'Ratio', ['fan', 'host', 'crah', 'gpu'], [0, 1.5], { ...INFO }),
  row('fanOkFlag', 'Fan healthy', 'Flag', ['fan'], [0, 1], { ...LIMIT, rollup: min(['host']) }),
  row(
    'airflowDirectionCode',
    'Airflow direction: 0 front to rear, 1 rear to front',
    'Code',
    ['host', 'tor', 'eor', 'spine'],
    [0, 1],
    { ...LIMIT, staleAfterS: FIXED_S },
  ),
  row('heatW', 'Heat into the cooling plane', 'W', COOLED, [0, 2e9], { ...LIMIT }),
  row('coolingLimitW', 'Cooling limit', 'W', COOLED, [0, 2e9], LIMIT),
  row('coolingHeadroomW', 'Cooling headroom', 'W', COOLED, [-2e9, 2e9], LIMIT),
  row(
    'coolingHeadroomN1W',
    'Cooling headroom after any single loss',
    'W',
    COOLED,
    [-2e9, 2e9],
    LIMIT,
  ),
  row(
    'coolingMarginN1W',
    'Own cooling margin after any single loss',
    'W',
    COOLED,
    [-2e9, 2e9],
    LIMIT,
  ),
  row('coolingPowerW', 'Power of the cooling plant', 'W', ['hall', 'site'], [0, 2e9], {}),
  row('pueRatio', 'PUE', 'Ratio', ['hall', 'site'], [1, 10], { ...LIMIT, isFactor: true }),
  row('heatRemovedW', 'Heat removed, by the unit', 'W', ['crah', 'cdu', 'chiller'], [0, 1e8], {}),
  row('airflowM3PerS', 'Airflow', 'M3PerS', ['crah'], [0, 1000], {}),

  // -- GPU -----------------------------------------------------------------------------------------
  row('gpuTempC', 'GPU temperature', 'C', ['gpu'], [-20, 150], { ...LIMIT, rollup: max(UP) }),
  row('gpuMemTempC', 'GPU memory temperature', 'C', ['gpu'], [-20, 150], {
    ...LIMIT,
    rollup: max(UP),
  }),
  row('gpuThermalMarginK', 'GPU thermal margin to slowdown', 'K', ['gpu'], [-60, 150], {
    ...LIMIT,
    rollup: min(UP),
  }),
  row('utilRatio', 'Utilisation', 'Ratio', ['gpu', 'gpuInstance'], [0, 1.01], { rollup: mean(UP) }),
  row('smActiveRatio', 'SM active', 'Ratio', ['gpu', 'gpuInstance'], [0, 1.01], {
    rollup: mean(UP),
  }),
  row('smOccupancyRatio', 'SM occupancy', 'Ratio', ['gpu', 'gpuInstance'], [0, 1.01], INFO),
  row('tensorActiveRatio', 'Tensor core active', 'Ratio', ['gpu', 'gpuInstance'], [0, 1.01], {
    rollup: mean(UP),
  }),
  row('dramActiveRatio', 'Memory interface active', 'Ratio', ['gpu', 'gpuInstance'], [0, 1.01], {
    rollup: mean(UP),
  }),
  row('memCopyUtilRatio', 'Memory copy utilisation', 'Ratio', ['gpu'], [0, 1.01], INFO),
  row('encoderUtilRatio', 'Encoder utilisation', 'Ratio', ['gpu'], [0, 1.01], INFO),
  row('decoderUtilRatio', 'Decoder utilisation', 'Ratio', ['gpu'], [0, 1.01], INFO),
  row('gpuMemUsedBytes', 'GPU memory used', 'Bytes', ['gpu', 'gpuInstance'], [0, 1e13], {
    rollup: sum(UP),
  }),
  row('gpuMemFreeBytes', 'GPU memory free', 'Bytes', ['gpu', 'gpuInstance'], [0, 1e13], {
    rollup: sum(UP),
  }),
  row('gpuMemTotalBytes', 'GPU memory', 'Bytes', ['gpu', 'gpuInstance'], [0, 1e13], {
    ...INFO,
    staleAfterS: SLOW_S,
  }),
  row('smClockHz', 'SM clock', 'Hz', ['gpu'], [0, 1e10], {}),
  row('gpuMemClockHz', 'GPU memory clock', 'Hz', ['gpu'], [0, 5e10], INFO),
  row('nvlinkBytesPerS', 'NVLink throughput', 'BytesPerS', ['gpu', 'nvswitch'], [0, 1e14], {
    rollup: sum(UP),
  }),
  row('nvlinkErrorPerS', 'NVLink errors', 'PerS', ['gpu', 'nvswitch'], [0, 1e9], {
    ...LIMIT,
    rollup: sum(['host', 'rack']),
  }),
  row('nvlinkDownCount', 'NVLinks down', 'Count', ['gpu', 'nvswitch'], [0, 1000], {
    ...LIMIT,
    rollup: sum(UP),
  }),
  row('pcieRxBytesPerS', 'PCIe receive', 'BytesPerS', ['gpu', 'nic'], [0, 1e13], INFO),
  row('pcieTxBytesPerS', 'PCIe transmit', 'BytesPerS', ['gpu', 'nic'], [0, 1e13], INFO),
  row('pcieReplayPerS', 'PCIe replays', 'PerS', ['gpu', 'nic', 'nvme'], [0, 1e9], LIMIT),
  row(
    'pcieLinkWidthRatio',
    'PCIe link width of capability',
    'Ratio',
    ['gpu', 'nic', 'nvme'],
    [0, 1],
    { ...LIMIT, staleAfterS: SLOW_S, rollup: min(['host']) },
  ),
  row(
    'pcieLinkSpeedRatio',
    'PCIe link speed of capability',
    'Ratio',
    ['gpu', 'nic', 'nvme'],
    [0, 1],
    { ...LIMIT, staleAfterS: SLOW_S, rollup: min(['host']) },
  ),
  row('xidCode', 'Last XID', 'Code', ['gpu'], [0, 1000], LIMIT),
  row('xidRecentCount', 'XIDs in the last 5 min', 'Count', ['gpu'], [0, 1e9], LIMIT),
  row('eccSbeCount', 'ECC corrected', 'Count', ['gpu', 'dimm'], [0, 1e15], {}),
  row('eccDbeCount', 'ECC uncorrected', 'Count', ['gpu', 'dimm'], [0, 1e15], {
    ...LIMIT,
    rollup: sum(['host', 'rack', 'row', 'hall', 'site']),
  }),
  row('rowRemapPendingFlag', 'Row remap pending', 'Flag', ['gpu'], [0, 1], LIMIT),
  row('rowRemapFailureFlag', 'Row remap failed', 'Flag', ['gpu'], [0, 1], LIMIT),
  row('rowRemapCount', 'Rows remapped', 'Count', ['gpu'], [0, 1e6], {}),
  row('clockEventCode', 'Clock event reasons (bit mask)', 'Code', ['gpu'], [0, 1e15], LIMIT),
  row(
    'clockEventRecentCount',
    'Slowdowns of the clock in the last 5 min',
    'Count',
    ['gpu'],
    [0, 1e9],
    {},
  ),
  row('throttleRatio', 'Time throttled', 'Ratio', ['gpu'], [0, 1], { ...LIMIT, rollup: max(UP) }),
  row('gpuHealthCode', 'DCGM health: 0 pass, 10 warn, 20 fail', 'Code', ['gpu'], [0, 100], LIMIT),
  row('gpuPresentFlag', 'GPU reports', 'Flag', ['gpu'], [0, 1], { ...LIMIT, rollup: sum(UP) }),

  // -- host ----------------------------------------------------------------------------------------
  row('journalWritableFlag', 'Journal of the twin can be written', 'Flag', ['site'], [0, 1], LIMIT),
  row(
    'upFlag',
    'Reachable',
    'Flag',
    ['host', 'bmc', 'pdu', 'ups', 'tor', 'eor', 'spine', 'crah', 'cdu', 'chiller'],
    [0, 1],
    LIMIT,
  ),
  row('poweredOnFlag', 'Powered on', 'Flag', ['host'], [0, 1], LIMIT),
  row(
    'healthCode',
    'Health: 0 OK, 1 warning, 2 critical',
    'Code',
    ['host', 'bmc', 'psu', 'fan', 'gpu', 'nvme', 'dimm', 'nic', 'pdu', 'ups', 'rack', 'cdu'],
    [0, 2],
    LIMIT,
  ),
  row('cpuUtilRatio', 'CPU utilisation', 'Ratio', ['host'], [0, 1.02], { rollup: mean(FROM_RACK) }),
  row('cpuTempC', 'CPU temperature, hottest', 'C', ['host', 'socket'], [-30, 150], {
    ...LIMIT,
    rollup: max(['rack']),
  }),
  row('cpuStealRatio', 'CPU steal', 'Ratio', ['host'], [0, 1.02], {}),
  row('load1Count', 'Load average, 1 min', 'Count', ['host'], [0, 1e6], INFO),
  row('memTotalBytes', 'Memory', 'Bytes', ['host'], [0, 1e15], { ...INFO, staleAfterS: SLOW_S }),
  row('memAvailableBytes', 'Memory available', 'Bytes', ['host'], [0, 1e15], {}),
  row('memUsedRatio', 'Memory used', 'Ratio', ['host'], [0, 1.02], { rollup: mean(FROM_RACK) }),
  // The kernel counts main memory as a whole: beside the GPUs and DIMMs, not instead of them.
  row('memEccSbeCount', 'Main memory ECC corrected', 'Count', ['host'], [0, 1e15], {}),
  row('memEccDbeCount', 'Main memory ECC uncorrected', 'Count', ['host'], [0, 1e15], {
    ...LIMIT,
    rollup: sum(FROM_RACK),
  }),
  row('cpuPressureRatio', 'CPU pressure (some)', 'Ratio', ['host'], [0, 1.02], INFO),
  row('memPressureRatio', 'Memory pressure (some)', 'Ratio', ['host'], [0, 1.02], INFO),
  row('ioPressureRatio', 'I/O pressure (some)', 'Ratio', ['host'], [0, 1.02], INFO),
  row('diskUsedRatio', 'File system used, fullest', 'Ratio', ['host'], [0, 1.01], {}),
  row('diskBusyRatio', 'Disk busy, busiest', 'Ratio', ['host', 'nvme'], [0, 1], LIMIT),
  row('diskWearRatio', 'Drive endurance used', 'Ratio', ['nvme'], [0, 3], { staleAfterS: SLOW_S }),
  row('diskTempC', 'Drive temperature', 'C', ['nvme'], [-30, 150], { rollup: max(['host']) }),
  row('diskMediaErrorCount', 'Drive media errors', 'Count', ['nvme'], [0, 1e12], {
    staleAfterS: SLOW_S,
  }),
  row('dimmTempC', 'DIMM temperature, hottest', 'C', ['host', 'dimm'], [-30, 150], {}),
  row(
    'containerThrottleRatio',
    'Container CPU periods throttled',
    'Ratio',
    ['host'],
    [0, 1],
    LIMIT,
  ),
  row('oomKillPerH', 'OOM kills', 'PerH', ['host'], [0, 1e6], LIMIT),
  row('bootTimeS', 'Boot time (Unix)', 'S', ['host'], [0, 1e11], { ...INFO, staleAfterS: SLOW_S }),
  row('clockOffsetS', 'Clock offset from this server', 'S', ['host', 'bmc'], [-1e9, 1e9], {
    ...LIMIT,
    staleAfterS: SLOW_S,
  }),
  row('clockUncertaintyS', 'Uncertainty of the clock offset', 'S', ['host', 'bmc'], [0, 1e9], {
    staleAfterS: SLOW_S,
  }),
  row('bmcPollHz', 'BMC polling rate', 'Hz', ['bmc', 'host'], [0, 1000], LIMIT),
  row('driverText', 'GPU driver version', 'Text', ['gpu', 'host'], [0, 1e9], {
    ...LIMIT,
    staleAfterS: FIXED_S,
  }),
  row('firmwareText', 'BIOS version', 'Text', ['host'], [0, 1e9], {
    ...LIMIT,
    staleAfterS: FIXED_S,
  }),
  row('bmcFirmwareText', 'BMC firmware version', 'Text', ['host', 'bmc'], [0, 1e9], {
    ...LIMIT,
    staleAfterS: FIXED_S,
  }),
  row('modelText', 'Model', 'Text', ['gpu', 'host', 'pdu', 'ups'], [0, 1e9], {
    ...INFO,
    staleAfterS: FIXED_S,
  }),

  // -- network -------------------------------------------------------------------------------------
  row(
    'netRxBytesPerS',
    'Network receive',
    'BytesPerS',
    ['nic', 'host', 'tor', 'eor', 'spine'],
    [0, 1e15],
    { rollup: sum(UP) },
  ),
  row(
    'netTxBytesPerS',
    'Network transmit',
    'BytesPerS',
    ['nic', 'host', 'tor', 'eor', 'spine'],
    [0, 1e15],
    { rollup: sum(UP) },
  ),
  row('linkUpFlag', 'Link up', 'Flag', ['nic'], [0, 1], { ...LIMIT, rollup: min(['host']) }),
  row('linkBytesPerS', 'Link speed', 'BytesPerS', ['nic'], [0, 1e12], {
    ...INFO,
    staleAfterS: SLOW_S,
  }),
  row('linkErrorPerS', 'Link errors', 'PerS', ['nic', 'tor', 'eor', 'spine'], [0, 1e12], {
    ...LIMIT,
    rollup: sum(['host', 'rack']),
  }),
  row('linkDownedPerH', 'Link downs', 'PerH', ['nic'], [0, 1e6], LIMIT),
  row('packetLossRatio', 'Packet loss', 'Ratio', ['nic', 'host'], [0, 1], {
    ...LIMIT,
    rollup: max(['host', 'rack']),
  }),
  row(
    'networkLoadBytesPerS',
    'Traffic on the network plane',
    'BytesPerS',
    NETWORKED,
    [0, 1e15],
    LIMIT,
  ),
  row('networkLimitBytesPerS', 'Bandwidth limit', 'BytesPerS', NETWORKED, [0, 1e15], LIMIT),
  row(
    'networkHeadroomBytesPerS',
    'Bandwidth headroom',
    'BytesPerS',
    NETWORKED,
    [-1e15, 1e15],
    LIMIT,
  ),
  row(
    'networkHeadroomN1BytesPerS',
    'Bandwidth headroom after any single loss',
    'BytesPerS',
    NETWORKED,
    [-1e15, 1e15],
    LIMIT,
  ),
  row(
    'oversubscriptionRatio',
    'Oversubscription (down : up)',
    'Ratio',
    ['tor', 'eor', 'spine'],
    [0, 1e4],
    { ...LIMIT, isFactor: true, staleAfterS: FIXED_S },
  ),
  row('uplinkUtilRatio', 'Uplink utilisation', 'Ratio', ['tor', 'eor', 'spine'], [0, 1e4], LIMIT),
  row(
    'crossRackTrafficRatio',
    'Traffic leaving the rack',
    'Ratio',
    ['rack', 'row', 'hall', 'site'],
    [0, 1],
    LIMIT,
  ),

  // -- work ----------------------------------------------------------------------------------------
  row('gpusAllocatedCount', 'GPUs allocated', 'Count', ['host'], [0, 1024], {
    ...LIMIT,
    rollup: sum(FROM_RACK),
  }),
  row('gpusAllocatableCount', 'GPUs allocatable', 'Count', ['host'], [0, 1024], {
    ...LIMIT,
    rollup: sum(FROM_RACK),
  }),
  row('gpusFreeCount', 'GPUs free', 'Count', ['host'], [0, 1024], {
    ...LIMIT,
    rollup: sum(FROM_RACK),
  }),
  row('gpusPendingCount', 'GPUs asked by pending pods', 'Count', ['site'], [0, 1e9], {}),
  row('gpuAllocatedFlag', 'GPU allocated', 'Flag', ['gpu'], [0, 1], LIMIT),
  row('modelDriftCount', 'Models whose error drifts', 'Count', ['site'], [0, 1e6], {
    ...LIMIT,
    staleAfterS: 900,
  }),
  row('disagreeingSensorsCount', 'Sensors that disagree', 'Count', SENSED, [0, 1e6], {
    ...LIMIT,
    staleAfterS: 3600,
  }),
  row('fragmentationRatio', 'Free GPUs in partly used hosts', 'Ratio', ROOM, [0, 1], LIMIT),
  row('schedulableFlag', 'Schedulable', 'Flag', ['host'], [0, 1], LIMIT),
  row('nodeReadyFlag', 'Kubernetes node ready', 'Flag', ['host'], [0, 1], LIMIT),
  row('podsCount', 'Pods', 'Count', ['host'], [0, 1e5], { rollup: sum(FROM_RACK) }),
  row('podsPendingCount', 'Pods pending', 'Count', ['site'], [0, 1e9], {}),
  row('podsQueuedCount', "Pods in the scheduler's queues", 'Count', ['site'], [0, 1e9], {}),
  row('schedulingP99S', 'Scheduling latency, p99', 'S', ['site'], [0, 1e6], {}),
  row('jobsRunningCount', 'Jobs running', 'Count', ['site'], [0, 1e9], {}),
  row('jobsPendingCount', 'Jobs pending', 'Count', ['site'], [0, 1e9], {}),
  row('requestsPerS', 'Requests', 'PerS', ['host'], [0, 1e9], { rollup: sum(FROM_RACK) }),
  row('requestsRunningCount', 'Requests running', 'Count', ['host'], [0, 1e9], {
    rollup: sum(FROM_RACK),
  }),
  row('requestsWaitingCount', 'Requests waiting', 'Count', ['host'], [0, 1e9], {
    rollup: sum(FROM_RACK),
  }),
  row('requestLatencyS', 'Request latency, mean', 'S', ['host'], [0, 1e6], {}),
  row('kvCacheUsedRatio', 'KV cache used', 'Ratio', ['host'], [0, 1.01], {}),
  row('tokensPerS', 'Tokens generated', 'PerS', ['host'], [0, 1e9], { rollup: sum(FROM_RACK) }),
  row('errorsPerS', 'Failed requests', 'PerS', ['host'], [0, 1e9], { rollup: sum(FROM_RACK) }),
  // half the Earth's circumference is the farthest that two copies can be apart
  row('disasterCopyDistanceM', 'Distance to the nearest disaster copy', 'M', ['site'], [0, 2.1e7], {
    ...LIMIT,
    staleAfterS: FIXED_S,
  }),
];

export const SIGNAL_INDEX: ReadonlyMap<string, number> = new Map(
  SIGNALS.map((signal, index) => [signal.id, index]),
);

/** @throws RangeError for a name that is not a signal. */
export function signalIndex(id: string): number {
  const index = SIGNAL_INDEX.get(id);
  if (index === undefined) throw new RangeError(`unknown signal '${id}'`);
  return index;
}

/** Every kind at which a signal has a column: where it is written and where it rolls up to. */
export function kindsOf(signal: SignalRow): readonly Kind[] {
  return [...new Set([...signal.kinds, ...(signal.rollup?.to ?? [])])];
}

/** Prometheus metric name of a signal at a kind: `powerW` at a rack is `orrery_rack_power_watts`. */
export const metricName = (kind: Kind, signal: SignalRow): string => nameOf(kind, signal);

/**
 * Metric of the limit values set on a signal, one series a limit (label `limit`):
 * `orrery_rack_power_threshold_watts`. Not `_limit_`: that is the signal `powerLimitW`.
 */
export const limitMetricName = (kind: Kind, signal: SignalRow): string =>
  nameOf(kind, signal, 'threshold');

/** Metric of a signal's forecast (labels `horizon`, `ml_forecast`). */
export const forecastMetricName = (kind: Kind, signal: SignalRow): string =>
  nameOf(kind, signal, 'forecast');

/** Label that carries the text of a text signal's `_info` metric. */
export const TEXT_LABEL = 'text';

function nameOf(kind: Kind, signal: SignalRow, word = ''): string {
  const quantity = signal.unit === 'Text' ? signal.id.replace(/Text$/, '') : stripUnit(signal);
  return ['orrery', snake(kind), snake(quantity), word, UNITS[signal.unit].metric]
    .filter(Boolean)
    .join('_');
}

/** Counts lose theirs too: `_count` belongs to histograms and summaries. */
const stripUnit = (signal: SignalRow) => signal.id.slice(0, signal.id.length - signal.unit.length);

const snake = (camel: string) => camel.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
