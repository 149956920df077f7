/** Every kind of sensor: what it measures, how finely, and on whose page it stands. */
import type { LabEntity } from './lab.ts';
import { HOSTS_PER_RACK, PSUS_PER_HOST } from './layout.ts';
import type { State } from './state.ts';
import type { Sums } from './sums.ts';

/** What sensors look at: the state at the tick, and means since the one before. */
export interface Scene {
  readonly state: State;
  readonly means: Sums;
}

interface SensorRow {
  readonly kind: LabEntity['kind'];
  readonly signal: string;
  /** Power has gain and relative noise, temperature an offset and noise; ratios are exact. */
  readonly quantity: 'power' | 'energy' | 'temp' | 'ratio';
  /** Resolution, in the unit of the signal. */
  readonly quantum: number;
  /** Who answers for it: a page that fails takes all its sensors along. */
  readonly page: 'dcgm' | 'bmc' | 'os' | 'pdu' | 'busway' | 'ups' | 'crah';
  readonly truth: (scene: Scene, at: number) => number;
}

const s = (
  kind: SensorRow['kind'],
  signal: string,
  rest: Omit<SensorRow, 'kind' | 'signal'>,
): SensorRow => ({ kind, signal, ...rest });

const power = { quantity: 'power', quantum: 1 } as const;
const temp = { quantity: 'temp', quantum: 1 } as const;
const ratio = { quantity: 'ratio', quantum: 0.001 } as const;

export const SENSORS: readonly SensorRow[] = [
  s('gpu', 'gpuPowerW', {
    ...{ quantity: 'power', quantum: 0.001, page: 'dcgm' },
    truth: ({ state }, at) => state.gpu.powerW[at],
  }),
  s('gpu', 'gpuEnergyJ', {
    // mean power of the window; the register adds it up
    ...{ quantity: 'energy', quantum: 0.001, page: 'dcgm' },
    truth: ({ means }, at) => means.gpuPowerW[at],
  }),
  s('gpu', 'utilRatio', {
    ...{ ...ratio, quantum: 0.01, page: 'dcgm' },
    truth: ({ means }, at) => means.utilRatio[at],
  }),
  s('gpu', 'smActiveRatio', {
    ...{ ...ratio, page: 'dcgm' },
    truth: ({ means }, at) => means.smRatio[at],
  }),
  s('gpu', 'gpuTempC', {
    ...{ ...temp, page: 'dcgm' },
    truth: ({ state }, at) => state.gpu.sensedTempC[at],
  }),
  s('host', 'bmcPowerW', {
    ...{ ...power, page: 'bmc' },
    truth: ({ state }, at) => state.host.sensedPowerW[at],
  }),
  s('host', 'inletTempC', {
    ...{ ...temp, page: 'bmc' },
    truth: ({ state }, at) => state.host.sensedInletC[at],
  }),
  s('host', 'exhaustTempC', {
    ...{ ...temp, page: 'bmc' },
    truth: ({ state }, at) => state.host.sensedExhaustC[at],
  }),
  s('host', 'fanSpeedRatio', {
    ...{ ...ratio, quantum: 0.01, page: 'bmc' },
    truth: ({ state }, at) => state.host.fanRatio[at],
  }),
  s('psu', 'psuInputPowerW', {
    ...{ ...power, page: 'bmc' },
    truth: ({ state }, at) => state.psu.inputW[at],
  }),
  s('host', 'cpuPowerW', {
    ...{ ...power, page: 'os' },
    truth: ({ state }, at) => state.host.cpuPowerW[at],
  }),
  s('host', 'cpuUtilRatio', {
    ...{ ...ratio, page: 'os' },
    truth: ({ state }, at) => Math.min(1, state.host.cpuRatio[at]),
  }),
  s('psu', 'outletPowerW', {
    ...{ ...power, page: 'pdu' },
    truth: ({ means }, at) => means.psuInputW[at],
  }),
  s('tor', 'outletPowerW', {
    ...{ ...power, page: 'pdu' },
    truth: ({ state }, at) => state.pdu.torW[2 * at] + state.pdu.torW[2 * at + 1],
  }),
  s('pdu', 'pduPowerW', {
    ...{ ...power, page: 'pdu' },
    truth: ({ means }, at) => means.pduPowerW[at],
  }),
  s('feed', 'powerW', {
    ...{ ...power, quantum: 10, page: 'busway' },
    truth: ({ means }, at) => means.feedPowerW[at],
  }),
  s('ups', 'upsPowerW', {
    ...{ ...power, quantum: 10, page: 'ups' },
    truth: ({ means }, at) => means.feedPowerW[at],
  }),
  s('rack', 'inletTempC', {
    ...{ ...temp, page: 'pdu' },
    truth: ({ state }, at) => state.rack.inletTempC[at],
  }),
  s('rack', 'exhaustTempC', {
    ...{ ...temp, page: 'pdu' },
    truth: ({ state }, at) => state.rack.exhaustTempC[at],
  }),
  s('crah', 'supplyTempC', {
    ...{ ...temp, page: 'crah' },
    truth: ({ state }, at) => state.crah.supplyTempC[at],
  }),
  s('crah', 'returnTempC', {
    ...{ ...temp, page: 'crah' },
    truth: ({ state }, at) => state.crah.returnTempC[at],
  }),
];

const PAGES: readonly SensorRow['page'][] = ['dcgm', 'bmc', 'os', 'pdu', 'busway', 'ups', 'crah'];
/** More than there are hosts or PDUs. */
const PLACES_PER_PAGE = 100;

/** Number of the page on which a sensor stands; pages answer or fail on their own. */
export function pageOf({ kind, page }: SensorRow, at: number): number {
  const host = kind === 'gpu' ? at >> 3 : kind === 'psu' ? Math.floor(at / PSUS_PER_HOST) : at;
  return PAGES.indexOf(page) * PLACES_PER_PAGE + (page === 'pdu' ? pduOf(kind, at) : host);
}

/** PDU that meters it; TOR and rack probes are on the page of feed A. */
function pduOf(kind: LabEntity['kind'], at: number): number {
  if (kind !== 'psu') return kind === 'pdu' ? at : 2 * at;
  const host = Math.floor(at / PSUS_PER_HOST);
  return 2 * Math.floor(host / HOSTS_PER_RACK) + ((at % PSUS_PER_HOST) & 1);
}
