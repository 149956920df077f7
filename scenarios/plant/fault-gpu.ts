/** Faults of GPUs. */
import { critical, type FaultKind, type FaultScope, type FaultTarget } from './fault-kind.ts';
import { evictHost } from './jobs.ts';
import { STREAM, unit } from './random.ts';
import { countEcc, logEvent, soundResistance } from './state.ts';

export const GPU_FAULTS: readonly FaultKind[] = [
  {
    id: 'gpuHot',
    on: 'gpu',
    title: 'Heatsink badly mounted: the GPU runs hot',
    visible: 'DCGM_FI_DEV_GPU_TEMP above max-op under load; thermal throttle time; fans at full',
    magnitude: 2.4,
    magnitudeMeans: 'thermal resistance over nominal',
    sel: { severity: 'Warning', sensorType: 'Temperature', message: 'GPU temperature high' },
    start: ({ state }, { index }, by) => {
      state.gpu.resistanceFactor[index] *= by;
    },
    stop: ({ layout, state }, { index }) => {
      state.gpu.resistanceFactor[index] = soundResistance(layout, index);
    },
  },
  {
    id: 'pcieWidth',
    on: 'gpu',
    title: 'PCIe link trained at a lower width',
    visible: 'DCGM_FI_DEV_PCIE_LINK_WIDTH below DCGM_FI_DEV_PCIE_MAX_LINK_WIDTH; replays',
    magnitude: 8,
    magnitudeMeans: 'lanes left',
    start: ({ state }, { index }, lanes) => {
      state.gpu.pcieWidth[index] = lanes;
    },
    stop: ({ state }, { index }) => {
      state.gpu.pcieWidth[index] = 16;
    },
    step: ({ state }, { index }, _lanes, dtS) => {
      state.gpu.pcieReplays[index] += 0.02 * dtS;
    },
  },
  {
    id: 'xid94',
    on: 'gpu',
    title: 'Contained ECC error now and then: the application on the GPU restarts',
    visible:
      'DCGM_FI_DEV_XID_ERRORS 94, ECC and row-remap counters, SEL, a dip in power of the gang',
    magnitude: 900,
    magnitudeMeans: 'mean seconds between errors',
    start: raiseXid,
    // the GPU is reset, which is what the row remap waits for
    stop: ({ state }, { index }) => {
      state.gpu.xid[index] = 0;
      state.gpu.rowRemapPending[index] = 0;
    },
    step: (scope, target, meanS, dtS) => {
      const draw = unit(scope.layout.seed, STREAM.xid + 32 * target.index, scope.state.steps);
      if (draw < dtS / meanS) raiseXid(scope, target);
    },
  },
  {
    id: 'gpuLost',
    on: 'gpu',
    title: 'GPU fell off the bus',
    visible: 'XID 79; its series vanish from the dcgm page; its host is drained and cordoned',
    magnitude: 1,
    magnitudeMeans: 'unused',
    sel: critical('Processor', 'GPU not responding on PCIe'),
    start: ({ layout, state, book }, { index, host }) => {
      state.gpu.lost[index] = 1;
      state.gpu.xidAtS[index] = state.nowS;
      evictHost(layout, state, book, host);
    },
    stop: ({ state }, { index }) => {
      state.gpu.lost[index] = 0;
    },
  },
];

/** Seconds a gang needs to restart after an application error. */
const RESTART_S = 90;

function raiseXid({ layout, state, book }: FaultScope, { index, host }: FaultTarget): void {
  state.gpu.xid[index] = 94;
  state.gpu.xidAtS[index] = state.nowS;
  countEcc(state, index, { sbe: 3, dbe: 1 });
  state.gpu.rowsRemappedHard[index] += 1;
  state.gpu.rowRemapPending[index] = 1;
  const slot = index - layout.gpuStart[host];
  logEvent(state, host, critical('Processor', `GPU ${slot}: contained uncorrectable ECC error`));
  const job = book.running.get(state.gpu.job[index]);
  if (job) job.stalledUntilS = state.nowS + RESTART_S;
}
