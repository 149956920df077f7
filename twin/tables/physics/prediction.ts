/** Figures of the prediction from a job schedule: windows, forgetting and accuracy of sensors. */
import type { Figures } from '../catalogue.ts';
import { chosen, recalled } from '../classes/figure.ts';

export const PREDICTION = {
  /** What is told of an instant is the mean over the minute that ends at it. */
  windowS: chosen(60, 'Orrery: the mean of a minute, so that waves of training fall out'),
  slotS: chosen(10, 'Orrery: schedules are walked in slots of 10 s'),
  runUpS: chosen(240, 'Orrery: several lags of heatsink and aisle before the window'),
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
  /** Accuracy of sensors: what the errors against their own readings cannot show. */
  powerGainRatio: recalled(0.01, 'Meters of class 1'),
  tempOffsetK: chosen(0.55, 'Orrery: probes of 0.5 K, and their place in the air stream'),
  tempStepK: recalled(1, 'Resolution of most temperature readings'),
  /** Width of a band with no record yet, as part of the value, and in kelvin. */
  guessPowerRatio: chosen(0.1, 'Orrery: until there is a record'),
  guessTempK: chosen(5, 'Orrery: until there is a record'),
} as const satisfies Figures;
