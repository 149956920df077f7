/**
 * Do the sensors agree? The balance equations between measuring points, with what is believed of
 * each before anything is measured, and the constants of the judgement. The noise and the gain of
 * every equation are learnt; the figures here are where learning starts and what it may not leave.
 */
import type { Figure } from './catalogue.ts';
import { chosen, recalled } from './classes/figure.ts';

export interface BalanceRow {
  readonly id: string;
  readonly title: string;
  /**
   * ratio: residual = ln(left / (c0 + c1 right)); difference: left - (c0 + c1 right), K.
   * `fitted`: c0 and c1 are learnt over all entities of one class; otherwise 0 and 1.
   */
  readonly form: 'ratio' | 'difference';
  readonly fitted: boolean;
  /** Right is the mean of the members that have a value, not the sum of all. */
  readonly isMean: boolean;
  /** Right is a count of work, which has no floor of its own: what it expects must be above it. */
  readonly isOfWork: boolean;
  /** It compares parts as if they did the same: silent where their work is known. */
  readonly isBlind: boolean;
  /** Two readings of what is commonly one meter: while they agree, neither vouches for the other. */
  readonly isOneMeter: boolean;
  /** What is usual is learnt place by place: hosts at one place of their racks share air and height. */
  readonly isByPlace: boolean;
  /** Below this on both sides the equation says nothing; W or K. */
  readonly floor: Figure;
  /** Residual when all is well, its spread from entity to entity, and how it wanders in hours. */
  readonly level: Figure;
  readonly spread: Figure;
  /** Part of that spread below which many machines in agreement do not shrink it. */
  readonly leastSpread: Figure;
  readonly wander: Figure;
  /** How far it may move beside when the work changes e-fold. */
  readonly loadWander: Figure;
  /**
   * Part that its readings of one instant have of what the supplies of a host alias: readings that
   * fall on the same phase of a wave of training again and again are off alike for many minutes.
   */
  readonly aliased: Figure;
  /** Parts of machines: no work is so different that it moves the residual further. */
  readonly most: Figure;
  /** How unlikely it is that the residual moves for a physical reason, in nats. */
  readonly physicalNats: Figure;
  /** How far nature moves it when it does: ln of a ratio, or K. */
  readonly physicalSize: Figure;
}

const METERS = 'Metering of class 1: two meters in a row are within 2 % of each other';
const SHARING = 'Current sharing of server supplies: within 5 %';
const MODEL = 'A model of first order: machines of one class differ by 20 %';
const AIR = 'Air in one rack: top to bottom and supply to inlet differ by a few kelvin';
const RARE = 'Orrery: no cause but a meter is known';
const COMMON = 'Orrery: fans, paste, air and load may cause it';

const LAGGED = chosen(0.4, 'A BMC averages over some seconds');

type Given = Pick<BalanceRow, 'id' | 'title'> & Partial<BalanceRow>;

const meters = (given: Given): BalanceRow => ({
  ...{ form: 'ratio', fitted: false, isMean: false, isOfWork: false, isBlind: false },
  ...{ isOneMeter: false, isByPlace: false },
  floor: chosen(30, 'Orrery: standby of a supply'),
  level: chosen(0.004, 'Loss in cords, breakers and bars'),
  spread: recalled(0.015, METERS),
  leastSpread: chosen(0.3, 'Orrery: the next machine may differ more than those seen'),
  wander: chosen(0.002, METERS),
  loadWander: chosen(0, METERS),
  aliased: chosen(0, 'Means over the time between two readings'),
  most: chosen(0.6, 'Orrery: a rise for the same power, in still air and in a gale'),
  physicalNats: chosen(16, RARE),
  physicalSize: chosen(0.1, 'Orrery: a load without a meter'),
  ...given,
});

const sharing = (given: Given): BalanceRow =>
  meters({
    isMean: true,
    level: chosen(0, SHARING),
    spread: recalled(0.04, SHARING),
    wander: chosen(0.004, SHARING),
    physicalNats: chosen(12, SHARING),
    physicalSize: chosen(0.2, SHARING),
    ...given,
  });

const model = (given: Given): BalanceRow =>
  meters({
    fitted: true,
    level: chosen(0, MODEL),
    spread: chosen(0.2, MODEL),
    wander: chosen(0.015, MODEL),
    physicalNats: chosen(7, COMMON),
    physicalSize: chosen(0.25, COMMON),
    ...given,
  });

const heat = (given: Given): BalanceRow =>
  model({ floor: chosen(15, 'Orrery: rise of which 1 K is within the spread'), ...given });

const air = (given: Given): BalanceRow =>
  meters({
    form: 'difference',
    isMean: true,
    floor: chosen(0, 'Differences have no floor'),
    level: chosen(0, AIR),
    spread: chosen(2.5, AIR),
    wander: chosen(0.3, AIR),
    physicalNats: chosen(9, COMMON),
    physicalSize: chosen(4, 'Hot air drawn back moves inlets by some kelvin'),
    ...given,
  });

export const BALANCES: readonly BalanceRow[] = [
  meters({ id: 'outletVsPsu', title: 'Outlet against the input of its supply' }),
  sharing({ id: 'outletVsSiblings', title: 'Outlet against the other outlets of its host' }),
  sharing({ id: 'psuVsSiblings', title: 'Supply input against the others of its host' }),
  meters({
    id: 'outletsVsBmc',
    title: 'Outlets of a host against its BMC',
    aliased: LAGGED,
  }),
  meters({
    id: 'psusVsBmc',
    title: 'Supply inputs of a host against its BMC',
    aliased: chosen(1, 'Readings of one instant'),
  }),
  meters({
    id: 'dcmiVsBmc',
    title: 'DCMI against the BMC',
    isOneMeter: true,
    spread: recalled(0.03, METERS),
  }),
  meters({ id: 'pduVsOutlets', title: 'PDU inlet against what its outlets feed' }),
  meters({ id: 'pduVsPsus', title: 'PDU inlet against the supplies that hang on it' }),
  meters({ id: 'pdusVsBmcs', title: 'PDUs of a rack against the BMCs in it' }),
  meters({ id: 'feedVsPdus', title: 'Busway against its PDUs' }),
  meters({ id: 'upsVsFeeds', title: 'UPS output against the busways or PDUs it feeds' }),
  meters({
    id: 'upsVsPdus',
    title: 'UPS output against the PDUs behind its busways',
    level: chosen(0.008, 'Loss in bars and PDUs'),
  }),
  meters({ id: 'meterVsPdus', title: 'Meter of a rack, row or hall against the PDUs in it' }),
  model({
    id: 'hostBmcVsGpuModel',
    title: 'BMC against the host model on GPU power',
    aliased: LAGGED,
  }),
  sharing({
    id: 'gpuPowerVsPeers',
    isBlind: true,
    title: 'GPU power against the other GPUs of its host',
    floor: chosen(15, 'Orrery: half of an idle GPU'),
    spread: chosen(0.1, MODEL),
    wander: chosen(0.05, COMMON),
    physicalNats: chosen(4, COMMON),
    physicalSize: chosen(1, 'Work of another kind draws another power'),
  }),
  heat({
    id: 'gpuTempVsModel',
    title: 'GPU temperature rise against GPU power',
    spread: chosen(0.15, MODEL),
    wander: chosen(0.04, 'Orrery: one step of 1 K, and others at the same work each time'),
    loadWander: chosen(0.06, 'Air warmed by others in front is some kelvin whatever the load'),
  }),
  model({
    id: 'gpuPowerVsWork',
    title: 'GPU power against the activity of its multiprocessors',
    floor: chosen(60, 'Idle GPUs draw what their clocks are left at'),
    isOfWork: true,
    spread: chosen(0.1, MODEL),
    wander: chosen(0.02, 'Those at the same work are others each time: spread over root of four'),
    most: chosen(2, 'Orrery: from idle to full load, less than a unit'),
    loadWander: chosen(0.04, 'Idle and dynamic power differ from GPU to GPU on their own'),
    physicalNats: chosen(12, 'Orrery: GPUs as active as each other run the same kernels'),
    physicalSize: chosen(0.5, 'Work of another kind draws another power'),
  }),
  heat({ id: 'gpuMemTempVsGpu', title: 'GPU memory temperature rise against that of the GPU' }),
  model({
    id: 'cpuPowerVsUtil',
    title: 'CPU power against CPU utilisation',
    floor: chosen(0, 'Utilisation may be nought'),
  }),
  sharing({
    id: 'switchVsPeers',
    title: 'Switch power against the switches of its row',
    spread: chosen(0.2, MODEL),
    physicalNats: chosen(7, COMMON),
  }),
  heat({
    id: 'exhaustVsPower',
    title: 'Exhaust rise against host power',
    floor: chosen(3, 'Orrery: rise that sensors of 1 K can show'),
    wander: chosen(0.05, COMMON),
  }),
  air({
    id: 'inletVsNeighbours',
    isByPlace: true,
    title: 'Inlet against the other inlets of its rack',
    leastSpread: chosen(0.16, 'Inlet sensors are within some half a kelvin of each other'),
  }),
  air({ id: 'probeVsInlets', title: 'Rack probe against the inlets of its hosts' }),
  air({
    id: 'exhaustProbeVsHosts',
    title: 'Exhaust probe against the exhausts of its hosts',
    wander: chosen(1, AIR),
  }),
  air({
    id: 'inletsVsSupply',
    title: 'Rack inlets against the supply air',
    wander: chosen(1, AIR),
  }),
  air({
    id: 'supplyVsPeers',
    title: 'Supply temperature against the other units of the hall',
    wander: chosen(1, AIR),
  }),
  air({
    id: 'returnVsExhaust',
    title: 'Return temperature against the exhausts',
    wander: chosen(1.5, AIR),
    spread: chosen(4, AIR),
  }),
];

/** Signals that are witnesses and not judged: counts of work, and sums over outlets. */
export const NOT_JUDGED: readonly string[] = [
  ...['cpuUtilRatio', 'smActiveRatio', 'unwiredOutletPowerW'],
];

/** Constants of the judgement. */
export const AGREEMENT = {
  blockS: chosen(300, 'Orrery: means over five minutes rid readings of most noise and lag'),
  holdS: chosen(150, 'Orrery: a reading stands in for the next ones for so long'),
  triggerZ: chosen(4, 'Orrery: deviations that are looked into'),
  freezeZ: chosen(3, 'Orrery: deviations that the baseline does not learn'),
  hardNats: chosen(10, 'Orrery: balances of meters, against models of machines'),
  maxHalfSquare: chosen(50, 'Orrery: no single equation decides alone, nats'),
  sensorNats: chosen(9.2, 'Orrery: one sensor in ten thousand lies'),
  deniedNats: chosen(30, 'Orrery: a cause of nature that a second meter would have seen'),
  freeNats: chosen(3, 'Orrery: a value that may be anything explains more than one of a list'),
  reportNats: chosen(4.6, 'Orrery: odds of a hundred to one against any other cause'),
  confirmBlocks: chosen(2, 'Orrery: blocks that must say the same'),
  stuckS: chosen(1200, 'Orrery: shorter runs of one value are no fault'),
  stuckNats: chosen(30, 'Orrery: odds against a run of equal values'),
  lastingNats: chosen(20, 'Orrery: part of those odds that errors lasting for hours may make up'),
  swingRatio: chosen(0.1, 'Orrery: GPUs of a machine at the same work swing alike within a tenth'),
  swingSteps: chosen(0.3, 'A value anywhere within one step: 1 / root of 12'),
  mostSwingNats: chosen(10, 'Orrery: no single block decides alone'),
  swapNats: chosen(30, 'Orrery: odds against an exchange, over all blocks'),
  leastScale: chosen(0.04, 'Orrery: ln of a factor; 5 % is a fault, and the estimate errs by 1 %'),
  deniedZ: chosen(3, 'Orrery: deviations by which another sensor denies what is said'),
  idleOutletW: chosen(5, 'Orrery: an idle outlet or supply reads up to a few watts'),
  fedPart: chosen(
    0.5,
    'Orrery: part of a load that shows where it hangs: loads move within a block',
  ),
  coldK: chosen(1, 'Errors of an inlet sensor and of the one of the supply air, together'),
  stillNats: chosen(1.39, 'Orrery: what is off and does not move is stuck at odds of four to one'),
  sameLevelRatio: chosen(0.3, 'Orrery: another load has another habit of standing still'),
  minLike: chosen(8, 'Orrery: sensors that tell how still their like may stand'),
  hotNats: chosen(3, 'Orrery: mounts and fans fail more often than the sensor on a die'),
  hotErrorK: chosen(3, 'Orrery: what a model of the rise errs by while work changes'),
  deadRatio: chosen(0.0003, 'Orrery: a meter that shows less of its load shows none'),
  aboveMaxRatio: chosen(1.25, 'Orrery: what a thing draws above the maximum of its class, at most'),
  unitToleranceRatio: chosen(0.15, 'Orrery: a factor this near to a power of ten is a unit'),
} as const satisfies Readonly<Record<string, Figure>>;

/** What a reading in another unit is of the right one: `value * factor + offset`. */
interface UnitSlip {
  readonly id: string;
  readonly of: 'W' | 'C';
  readonly factor: number;
  readonly offset: number;
}

const slip = (of: UnitSlip['of'], id: string, factor: number, offset = 0): UnitSlip => ({
  ...{ id, of, factor, offset },
});

export const UNIT_SLIPS: readonly UnitSlip[] = [
  slip('W', 'milli', 1000),
  slip('W', 'kilo', 0.001),
  slip('W', 'tenths', 10),
  slip('W', 'tens', 0.1),
  slip('W', 'hundredths', 100),
  slip('W', 'hundreds', 0.01),
  slip('C', 'fahrenheit', 1.8, 32),
  slip('C', 'kelvin', 1, 273.15),
  slip('C', 'tenths', 10),
  slip('C', 'tens', 0.1),
  slip('C', 'milli', 1000),
];
