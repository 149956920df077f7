/** dcgm-exporter: GPUs, MIG instances, NVSwitches. Names of DCGM 3 and 4, then those of DCGM 5. */
import type { Mapping, MappingRow } from '../mapping.ts';
import { GT_PER_S, MHZ, MIB, MILLI, PERCENT, type RowOf, rowsOf } from './rows.ts';

/** Under MIG the exporter repeats a GPU's series for each instance, with the same value. */
const WHOLE_GPU = { GPU_I_ID: '' };
const INSTANCE = { GPU_I_ID: /./ };

const gpu = rowsOf('gpu');
const wholeGpu = rowsOf('gpu', { where: WHOLE_GPU });
const instance = rowsOf('gpuInstance', { where: INSTANCE });

/** A ratio or an amount that belongs to the GPU or, under MIG, to the instance. */
const shared = (...row: Parameters<RowOf>): MappingRow[] => [wholeGpu(...row), instance(...row)];

/** Sum over a GPU's MIG instances, so that the whole keeps a value under MIG. */
const ofInstances = (metrics: readonly string[], signal: string, scale: number): MappingRow => ({
  ...{ metrics, signal, entity: 'gpu', where: INSTANCE, scale, combine: 'sum' },
});

const POWER: MappingRow[] = [
  gpu(['DCGM_FI_DEV_POWER_USAGE', 'DCGM_FI_DEV_BOARD_POWER_WATTS'], 'gpuPowerW'),
  // The lower of the cap asked for and the cap enforced.
  gpu(
    [
      ...['DCGM_FI_DEV_ENFORCED_POWER_LIMIT', 'DCGM_FI_DEV_POWER_MGMT_LIMIT'],
      ...['DCGM_FI_DEV_BOARD_POWER_LIMIT_ENFORCED_WATTS'],
      ...['DCGM_FI_DEV_BOARD_POWER_LIMIT_REQUESTED_WATTS'],
    ],
    'gpuPowerLimitW',
    { combine: 'min' },
  ),
  gpu(['DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION'], 'gpuEnergyJ', { scale: MILLI }),
];

const HEAT_AND_CLOCKS: MappingRow[] = [
  gpu(['DCGM_FI_DEV_GPU_TEMP', 'DCGM_FI_DEV_GPU_TEMP_CELSIUS'], 'gpuTempC'),
  gpu(['DCGM_FI_DEV_MEMORY_TEMP', 'DCGM_FI_DEV_MEMORY_TEMP_CELSIUS'], 'gpuMemTempC'),
  gpu(['DCGM_FI_DEV_GPU_TEMP_LIMIT', 'DCGM_FI_DEV_GPU_TEMP_MARGIN_CELSIUS'], 'gpuThermalMarginK'),
  gpu(['DCGM_FI_DEV_SM_CLOCK'], 'smClockHz', { scale: MHZ }),
  gpu(['DCGM_FI_DEV_MEM_CLOCK'], 'gpuMemClockHz', { scale: MHZ }),
  gpu(['DCGM_FI_DEV_CLOCKS_EVENT_REASONS', 'DCGM_FI_DEV_CLOCK_THROTTLE_REASONS'], 'clockEventCode'),
  // Nanoseconds throttled, a counter for each cause; causes overlap, so the largest counts.
  gpu(
    [
      ...['DCGM_FI_DEV_POWER_VIOLATION', 'DCGM_FI_DEV_THERMAL_VIOLATION'],
      ...['DCGM_FI_DEV_BOARD_LIMIT_VIOLATION', 'DCGM_FI_DEV_RELIABILITY_VIOLATION'],
    ],
    'throttleRatio',
    { where: WHOLE_GPU, mode: 'rate', combine: 'max', scale: 1e-9 },
  ),
  // Counts of the last five minutes, one series an event; idling and set clocks are no slowdown.
  gpu(['DCGM_EXP_CLOCK_EVENTS_COUNT'], 'clockEventRecentCount', {
    where: { clock_event: /^(?!gpu_idle|clocks_setting|app|display)./, GPU_I_ID: '' },
    combine: 'sum',
  }),
];

const ACTIVITY: MappingRow[] = [
  ...shared(['DCGM_FI_DEV_GPU_UTIL'], 'utilRatio', { scale: PERCENT }),
  // GPU_UTIL does not exist for an instance.
  {
    ...{ metrics: ['DCGM_FI_PROF_GR_ENGINE_ACTIVE'], signal: 'utilRatio' },
    ...{ entity: 'gpuInstance', where: INSTANCE },
  },
  gpu(['DCGM_FI_DEV_MEM_COPY_UTIL'], 'memCopyUtilRatio', { scale: PERCENT }),
  gpu(['DCGM_FI_DEV_ENC_UTIL'], 'encoderUtilRatio', { scale: PERCENT }),
  gpu(['DCGM_FI_DEV_DEC_UTIL'], 'decoderUtilRatio', { scale: PERCENT }),
  ...shared(['DCGM_FI_PROF_SM_ACTIVE'], 'smActiveRatio'),
  ...shared(['DCGM_FI_PROF_SM_OCCUPANCY'], 'smOccupancyRatio'),
  ...shared(['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE'], 'tensorActiveRatio'),
  ...shared(['DCGM_FI_PROF_DRAM_ACTIVE'], 'dramActiveRatio'),
];

const MEMORY: MappingRow[] = [
  ...shared(['DCGM_FI_DEV_FB_USED'], 'gpuMemUsedBytes', { scale: MIB }),
  ofInstances(['DCGM_FI_DEV_FB_USED'], 'gpuMemUsedBytes', MIB),
  ...shared(['DCGM_FI_DEV_FB_FREE'], 'gpuMemFreeBytes', { scale: MIB }),
  ofInstances(['DCGM_FI_DEV_FB_FREE'], 'gpuMemFreeBytes', MIB),
  ...shared(['DCGM_FI_DEV_FB_TOTAL'], 'gpuMemTotalBytes', { scale: MIB }),
];

const LINKS: MappingRow[] = [
  // Declared a counter, but DCGM publishes KiB per second / 1000, both directions together
  // (dcgm-exporter pull request 658).
  gpu(['DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL'], 'nvlinkBytesPerS', {
    ...{ scale: 1_024_000, standIn: true },
  }),
  gpu(['DCGM_FI_PROF_NVLINK_TX_BYTES', 'DCGM_FI_PROF_NVLINK_RX_BYTES'], 'nvlinkBytesPerS', {
    where: WHOLE_GPU,
    combine: 'sum',
  }),
  // Totals, and the per-link series (labels gpu_uuid and nvlink) of NVLink 5.
  gpu(
    [
      ...['DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL'],
      ...['DCGM_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL'],
      ...['DCGM_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL'],
      ...['DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL'],
      ...['DCGM_FI_DEV_NVLINK_COUNT_RX_ERRORS', 'DCGM_FI_DEV_NVLINK_COUNT_LINK_RECOVERY_EVENTS'],
    ],
    'nvlinkErrorPerS',
    { where: WHOLE_GPU, mode: 'rate', combine: 'sum' },
  ),
  {
    metrics: [
      ...['DCGM_FI_DEV_NVSWITCH_LINK_FATAL_ERRORS', 'DCGM_FI_DEV_NVSWITCH_LINK_NON_FATAL_ERRORS'],
      ...['DCGM_FI_DEV_NVSWITCH_LINK_REPLAY_ERRORS', 'DCGM_FI_DEV_NVSWITCH_LINK_RECOVERY_ERRORS'],
      ...['DCGM_FI_DEV_NVSWITCH_LINK_FLIT_ERRORS', 'DCGM_FI_DEV_NVSWITCH_LINK_CRC_ERRORS'],
    ],
    ...{ signal: 'nvlinkErrorPerS', entity: 'nvswitch', mode: 'rate', combine: 'sum' },
  },
  gpu(['DCGM_FI_PROF_PCIE_RX_BYTES'], 'pcieRxBytesPerS'),
  gpu(['DCGM_FI_PROF_PCIE_TX_BYTES'], 'pcieTxBytesPerS'),
  gpu(['DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'DCGM_FI_DEV_PCIE_REPLAY_TOTAL'], 'pcieReplayPerS', {
    mode: 'rate',
  }),
  gpu(['DCGM_FI_DEV_PCIE_LINK_WIDTH'], 'pcieLinkWidthRatio', {
    over: { metrics: ['DCGM_FI_DEV_PCIE_MAX_LINK_WIDTH'] },
  }),
  gpu(['DCGM_FI_DEV_PCIE_LINK_GEN'], 'pcieLinkSpeedRatio', {
    values: GT_PER_S,
    over: { metrics: ['DCGM_FI_DEV_PCIE_MAX_LINK_GEN'] },
  }),
];

const FAULTS: MappingRow[] = [
  // The value is the last XID and stays until the exporter restarts; err_code repeats it.
  gpu(['DCGM_FI_DEV_XID_ERRORS', 'DCGM_FI_DEV_XID_ERROR'], 'xidCode'),
  gpu(['DCGM_EXP_XID_ERRORS_COUNT'], 'xidRecentCount', { where: WHOLE_GPU, combine: 'sum' }),
  gpu(['DCGM_FI_DEV_ECC_SBE_VOL_TOTAL'], 'eccSbeCount'),
  gpu(['DCGM_FI_DEV_ECC_DBE_VOL_TOTAL'], 'eccDbeCount'),
  // Rows since Ampere, pages before it; no GPU has both.
  gpu(
    [
      ...['DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS', 'DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS'],
      ...['DCGM_FI_DEV_ROW_REMAP_UNCORRECTABLE_TOTAL', 'DCGM_FI_DEV_ROW_REMAP_CORRECTABLE_TOTAL'],
      ...['DCGM_FI_DEV_RETIRED_SBE', 'DCGM_FI_DEV_RETIRED_DBE'],
    ],
    'rowRemapCount',
    { where: WHOLE_GPU, combine: 'sum' },
  ),
  gpu(['DCGM_FI_DEV_ROW_REMAP_PENDING', 'DCGM_FI_DEV_RETIRED_PENDING'], 'rowRemapPendingFlag', {
    values: { '0': 0, else: 1 },
    combine: 'max',
  }),
  gpu(['DCGM_FI_DEV_ROW_REMAP_FAILURE', 'DCGM_FI_DEV_ROW_REMAP_FAILED'], 'rowRemapFailureFlag', {
    values: { '0': 0, else: 1 },
  }),
  gpu(['DCGM_EXP_GPU_HEALTH_STATUS'], 'gpuHealthCode', { where: WHOLE_GPU, combine: 'max' }),
];

/** Pods and jobs are labels; a GPU without them may still be held by something unseen: never 0. */
const ALLOCATION: MappingRow[] = [
  gpu(['DCGM_FI_DEV_GPU_UTIL'], 'gpuAllocatedFlag', {
    where: { exported_pod: /./ },
    values: { else: 1 },
  }),
  gpu(['DCGM_FI_DEV_GPU_UTIL'], 'gpuAllocatedFlag', {
    where: { hpc_job: /./, exported_pod: '' },
    values: { else: 1 },
  }),
  // A page read directly; through Prometheus `pod` is the exporter's own.
  gpu(['DCGM_FI_DEV_GPU_UTIL'], 'gpuAllocatedFlag', {
    where: { exported_pod: '', hpc_job: '', pod: /^(?!.*dcgm-exporter)./ },
    values: { else: 1 },
  }),
];

const TEXTS: MappingRow[] = [
  gpu(['DCGM_FI_DEV_GPU_TEMP', 'DCGM_FI_DEV_GPU_TEMP_CELSIUS'], 'driverText', {
    textLabel: 'DCGM_FI_DRIVER_VERSION',
  }),
  gpu(['DCGM_FI_DEV_GPU_TEMP', 'DCGM_FI_DEV_GPU_TEMP_CELSIUS'], 'modelText', {
    textLabel: 'modelName',
  }),
];

export const dcgmExporter: Mapping = {
  id: 'dcgm-exporter',
  title: 'NVIDIA dcgm-exporter',
  checkedAgainst:
    'counters CSV and README of 4.5 to 4.8; an 8x H100 page and its Prometheus answers (16 GPUs)',
  rows: [
    ...[...POWER, ...HEAT_AND_CLOCKS, ...ACTIVITY, ...MEMORY, ...LINKS, ...FAULTS],
    ...[...ALLOCATION, ...TEXTS],
  ],
  ignore: [
    'DCGM_FI_DEV_FB_RESERVED',
    'DCGM_FI_DEV_VGPU_LICENSE_STATUS',
    // Thresholds of the board: the margin says what is left, and the catalogue has the figures.
    /^DCGM_FI_DEV_(GPU_MAX_OP|MEM_MAX_OP|SLOWDOWN|SHUTDOWN)_TEMP$/,
    'DCGM_FI_DEV_SYNC_BOOST_VIOLATION',
    'DCGM_FI_DEV_LOW_UTIL_VIOLATION',
    // Errors of the board's whole life: an old repaired fault would alarm for ever.
    /^DCGM_FI_DEV_ECC_[SD]BE_AGG_TOTAL$/,
    // A state of a pair of GPUs; the twin holds states of links' ends.
    'DCGM_EXP_P2P_STATUS',
    /^DCGM_FI_PROF_PIPE_(FP|INT|TENSOR_)/,
    /^DCGM_FI_PROF_GR_ENGINE_ACTIVE$/,
    /^DCGM_FI_DEV_NVLINK_.*_L\d+(_TOTAL)?$/,
  ],
};
