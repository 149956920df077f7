/** Figures of the prediction from a job schedule: windows, forgetting and accuracy of sensors. */
import type { Figure, Figures } from '../catalogue.ts';
import { chosen, computed, recalled } from '../classes/figure.ts';
import { GPU_AIR_RC } from './thermal.ts';

export const PREDICTION = {
  /** What is told of an instant is the mean over the minute that ends at it. */
  windowS: chosen(60, 'Orrery: the mean of a minute, so that waves of training fall out'),
  slotS: chosen(10, 'Orrery: schedules are walked in slots of 10 s'),
  runUpS: chosen(240, 'Orrery: several lags of heatsink and aisle before the window'),
  /** What is read now, and how long it goes on to hold. */
  heldS: chosen(180, 'Orrery: three readings of a slow meter'),
  anchorTauS: chosen(43_200, 'Orrery: what a fit is off by stays until it has learned it: 12 h'),
  anchorPriorRounds: chosen(20, 'Orrery: rounds scored that outweigh the time constant before'),
  anchorKeep: chosen(0.995, 'Orrery: half after two hours and a half of rounds a minute'),
  /** When predictions are clearly worse than the last value, and are not told. */
  skillKeep: chosen(0.98, 'Orrery: half after half an hour of rounds a minute'),
  skillRoundsLeast: chosen(4.5, 'Orrery: five rounds, the first of which count a little less'),
  skillWorseRatio: chosen(1.1, 'Orrery: errors a tenth larger than those of the last value'),
  skillSmallestRatio: chosen(0.005, 'Orrery: half a percent of power changes no decision'),
  skillSmallestK: chosen(0.3, 'Orrery: less than a thermometer of 1 K tells of a mean'),
  aisleTauS: chosen(75, 'Orrery: air of an aisle after its racks'),
  /** Of sums of a fit at each tick of half a minute: half after 12 h. */
  keepPerTick: chosen(0.9995, 'Orrery: half after 12 h'),
  /** Ticks after which what a job draws is believed as much as what its shape drew before. */
  ownTicks: chosen(1, 'Orrery: a reading of half a minute tells more than the last job did'),
  ownTicksMax: chosen(40, 'Orrery: what a job draws now is its mean over the last 20 min'),
  shapeShare: chosen(0.25, 'Orrery: weight of the newest job in what its shape draws'),
  unknownWorkRatio: chosen(
    0.7,
    'Orrery: part of its span that a GPU adds for a job of no known kind',
  ),
  driftTicks: chosen(6, 'Orrery: readings of a job before it tells how its kind has changed'),
  driftWeightW: chosen(500, 'Orrery: a GPU or two, so that one job alone does not speak for all'),
  gpuShare: chosen(0.1, 'Orrery: weight of the newest job in what this GPU draws for its work'),
  gpuFactorMin: chosen(0.7, 'Orrery: GPUs of one class differ by less'),
  gpuFactorMax: chosen(1.4, 'Orrery: GPUs of one class differ by less'),
  idleShare: chosen(0.02, 'Orrery: weight of one tick in the idle power of a GPU'),
  cpuShare: chosen(0.02, 'Orrery: weight of one tick in what the work of a GPU asks of the CPUs'),
  swingBinS: chosen(60, 'Orrery: cooling units hunt over some ten minutes and more'),
  swingKeep: chosen(0.9988, 'Orrery: half after 10 h of bins'),
  residualShare: chosen(0.05, 'Orrery: weight of one tick in what a fit leaves over now'),
  restShare: chosen(0.01, 'Orrery: weight of one tick in what is the own of an inlet: 50 min'),
  startSlots: chosen(8, 'Orrery: quarter minutes in which a job loads and hardly computes'),
  recordMax: chosen(6000, 'Orrery: errors kept a signal and class'),
  recordMin: chosen(30, 'Orrery: errors before a band is drawn from them'),
  /** Online tracking of the quantile that bands are drawn at. */
  levelGain: chosen(0.1, 'Orrery: a whole site outside its bands moves the level by 9 points'),
  levelGainHalfAt: chosen(8, 'Orrery: a rack or two say less than many'),
  levelLeastRatio: chosen(0.5, 'Orrery: least part of past errors that a band holds'),
  levelMostRatio: chosen(0.995, 'Orrery: largest part of past errors that a band holds'),
  notedSlots: chosen(20, 'Orrery: five minutes into a job its level is noted for its shape'),
  ownTicksLeast: chosen(4, 'Orrery: two minutes of readings and a job is told by its own'),
  idleMaxRatio: chosen(2, 'Orrery: a GPU that draws more than this over idle is at work'),
  idleMinW: chosen(60, 'Orrery: least idle power that the bound above is taken from'),
  noiseShare: chosen(0.001, 'Orrery: weight of one tick in the noise of meters'),
  noiseJumpRatio: chosen(0.15, 'Orrery: a change this large is load, not noise'),
  offsetShare: chosen(0.002, 'Orrery: weight of one tick in the place of a host in its rack'),
  fanFullRatio: chosen(0.98, 'Orrery: at full speed fans tell no temperature'),
  fanFloorBandRatio: chosen(0.02, 'Orrery: as near to the floor fans tell no temperature'),
  fanPivotC: chosen(60, 'Orrery: fan speeds are fitted about this temperature'),
  lastingMostRatio: chosen(0.97, 'Orrery: nearly all of a rack goes on as it is'),
  lastingSomeRatio: chosen(0.7, 'Orrery: most of a rack goes on as it is'),
  /** Accuracy of sensors: what the errors against their own readings cannot show. */
  powerGainRatio: recalled(0.01, 'Meters of class 1'),
  tempOffsetK: chosen(0.55, 'Orrery: probes of 0.5 K, and their place in the air stream'),
  tempOffsetProbes: chosen(8, 'Orrery: so many probes outweigh the figure before'),
  offsetTicksLeast: chosen(120, 'Orrery: an hour of readings tells what a probe is off by'),
  tempStepK: recalled(1, 'Resolution of most temperature readings'),
  bandLeastRatio: chosen(0.5, 'Orrery: noise of readings explains at most so much of errors'),
  /** Width of a band with no record yet, as part of the value, and in kelvin. */
  guessPowerRatio: chosen(0.1, 'Orrery: until there is a record'),
  guessTempK: chosen(5, 'Orrery: until there is a record'),
} as const satisfies Figures;

/** What a coefficient is before anything is known, how much evidence moves it, and its bounds. */
export interface FitTerm {
  readonly prior: Figure;
  /** In squares of the feature. */
  readonly weight: Figure;
  readonly least: Figure;
  readonly most: Figure;
}

const term = (
  [prior, weight]: readonly [number, number],
  [least, most]: readonly [number, number],
  why: string,
): FitTerm => ({
  prior: chosen(prior, why),
  weight: chosen(weight, 'Orrery: gives way within hours of readings that say otherwise'),
  least: chosen(least, why),
  most: chosen(most, why),
});

/** Power of a rack, kW, of kW and of cubes of fan speed. */
export const RACK_POWER_FIT: readonly FitTerm[] = [
  term([4, 0.02], [0, 30], 'Orrery: what draws without work, kW'),
  term([1.05, 200], [0.95, 1.3], 'Orrery: GPUs with the loss of supplies at 95 %'),
  term([1.05, 20], [0, 2.5], 'Orrery: processors, their memory and the loss of supplies'),
  term([1, 1], [0, 4], 'Orrery: fans of a host at full speed, kW'),
  term([0, 500], [-0.005, 0.01], 'Orrery: how supplies lose more with load, 1/kW'),
];

/** Inlet of a rack, °C, of 10 kW and of 10 kW over the sum of fan speeds. */
export const INLET_FIT: readonly FitTerm[] = [
  term([21, 0.1], [5, 40], 'Orrery: supply air'),
  term([0.1, 20], [0, 5], 'Orrery: own power'),
  term([0.3, 20], [0, 5], 'Orrery: own exhaust that comes back'),
  term([0.1, 20], [0, 3], 'Orrery: exhaust of the neighbours'),
  term([0.1, 20], [0, 5], 'Orrery: what the cooling units do with the heat of the room'),
];

/** Rise of a GPU over the inlet of its host, K, of 100 W. */
export const GPU_RISE_FIT: readonly FitTerm[] = [
  term([1, 2], [-5, 12], 'Orrery: sensors and air that has passed other parts'),
  {
    prior: computed(100 * GPU_AIR_RC.totalKPerW.value, 'GPU_AIR_RC at 100 W'),
    weight: chosen(30, 'Orrery: gives way within hours of readings that say otherwise'),
    least: chosen(1, 'Orrery: a cold plate at its best'),
    most: chosen(20, 'Orrery: a sink that has come loose'),
  },
  term([3, 20], [0, 15], 'Orrery: how the sink follows the fans'),
];

/** Speed of the fans of a host, of tens of kelvin of its hottest GPU over `fanPivotC`. */
export const FAN_FIT: readonly FitTerm[] = [
  term([0.6, 1], [0.1, 1], 'Orrery: speed at the pivot'),
  term([0.15, 1], [0, 1], 'Orrery: 15 % of the speed for 10 K'),
];

/** A swing from its six past means, newest first. */
export const SWING_FIT: readonly FitTerm[] = [
  term([0.3, 1], [-3, 3], 'Orrery: a third of what is seen now goes on'),
  ...Array.from({ length: 5 }, () =>
    term([0, 1], [-3, 3], 'Orrery: of older means nothing is known'),
  ),
];
