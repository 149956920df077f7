/**
 * How the comparison of sensors learns, and what it takes for a sign: thresholds by the file that
 * uses them, each with its reason. What is believed before anything is measured, and the odds of the
 * judgement, are in `agreement.ts`. Chosen on laboratories that are none of those reported.
 */
import type { Figure } from './catalogue.ts';
import { chosen } from './classes/figure.ts';

export const LEARNING = {
  /** Members of a family and sensors of a column that are looked at in a block. */
  mostSampled: chosen(501, 'A part of so many is known to two per cent, and the middle is one'),
  mostFitted: chosen(400, 'Machines of a family: enough for two coefficients'),
  // agreement
  leastBlockPart: chosen(
    0.7,
    'With fewer of its readings a mean is of another time than its partners’',
  ),
  // blocks
  mostAliasing: chosen(
    2.5,
    'Single readings miss waves of training by so much; beyond it a counter is not of that sensor',
  ),
  runMemory: chosen(16, 'Runs of equal readings that the habit of a sensor is the mean of'),
  // case-book
  mostHits: chosen(4, 'Blocks without evidence after which a case is dropped'),
  recoveryBlocks: chosen(
    6,
    'Until the levels, medians of six blocks, are free of a fault that is over',
  ),
  trailBlocks: chosen(
    48,
    'Four hours of deviations: a drift of a few per cent an hour shows in them',
  ),
  usualBlocks: chosen(5, 'Blocks of which the factor is the median'),
  // family-levels
  leastFamily: chosen(
    8,
    'Fewer machines are judged by the row of their balance alone: two that lie would bend them',
  ),
  fewFaulty: chosen(
    3,
    'So many of one family may have a bad sensor: no sign of how nature moves it',
  ),
  mostLearntNats: chosen(5, 'Days without a cause of nature make it rarer, and never impossible'),
  // fits
  huberRatio: chosen(
    0.15,
    'Error of a machine of its class that is usual; those beyond count less',
  ),
  mostRatio: chosen(3, 'Machines of one class do not differ by more: beyond it is a unit'),
  keepPart: chosen(0.99, 'Some ten hours are remembered, block by block'),
  leastVariance: chosen(1e-3, 'All at one load: nothing tells offset from slope'),
  // levels
  levelBlocks: chosen(6, 'Half an hour, of which two bad blocks do not move the median'),
  jumpBlocks: chosen(3, 'Blocks that must agree that a residual has jumped'),
  jumpZ: chosen(4, 'How far it must have jumped, in deviations: as far as is looked into'),
  noiseStartBlocks: chosen(4, 'Blocks whose mean deviation is the first guess of the noise'),
  noiseStep: chosen(
    0.1,
    'The noise follows the median of the deviations by tenths: an hour for a factor of three',
  ),
  leastNoise: chosen(1e-4, 'No residual is quieter than a ten-thousandth'),
  leastNoisePart: chosen(0.3, 'One that seems quieter than a third of its family has been lucky'),
  baseBlocks: chosen(288, 'The past is a day'),
  leastBlocks: chosen(2, 'Blocks before an equation says anything'),
  leastBaseBlocks: chosen(3, 'Blocks before its past says anything'),
  // loads
  leastWork: chosen(0.1, 'Work that is as good as none'),
  loadStep: chosen(0.3, 'The load follows as the median of the blocks of a level does'),
  // locate
  tieNats: chosen(2, 'Suspects as likely within a factor of seven are named together'),
  // machine-parts
  leastParts: chosen(4, 'Of four parts the median is not that of the faulty one'),
  alikeRatio: chosen(0.05, 'Ranks of one job are as active within a few per cent'),
  alikeLeast: chosen(0.01, 'Idle GPUs are all alike'),
  aliasKeep: chosen(0.8, 'Aliasing is remembered as long as a level stands on its blocks'),
  // stillness
  leastStillOdds: chosen(0.02, 'No one sensor is known so well that its stillness is less likely'),
  repeatsOfMoving: chosen(
    0.1,
    'Noise repeats a reading by chance, and a few of the like may be stuck',
  ),
  // stuck
  modelDoubt: chosen(1.5, 'A model is wrong by more than its noise says'),
  mostMovedNats: chosen(15, 'No single block proves that a value stays: half of a proof'),
  expectedBlocks: chosen(36, 'Three hours of what was expected are weighed'),
  stepDeviation: chosen(0.3, 'A value anywhere within one step: 1 / root of 12'),
  lastingDeviations: chosen(1, 'Errors that last for hours do not add up to a proof'),
  suspectNats: chosen(
    8,
    'Odds at which no other guess is made of a point: near those of one bad sensor',
  ),
  leastRunPart: chosen(0.6, 'Part of a block’s readings that must repeat for a run to be followed'),
  leastRuns: chosen(6, 'Runs that must have ended before the habit of a sensor counts'),
  leastRepeatOdds: chosen(
    0.02,
    'Noise that never repeats a value is soon missed; one repeat proves little',
  ),
  mostRepeats: chosen(0.3, 'A sensor that repeats itself oftener is too coarse to be missed'),
  oddRepeats: chosen(5, 'Repeats in a row that are odd for a fine sensor'),
  fineSteps: chosen(100, 'Steps in a value of which the noise of one per cent shows'),
  // swaps
  mostSwapStepNats: chosen(12, 'No single block proves an exchange'),
  leastSwapBlocks: chosen(3, 'Blocks that must say so'),
  pendingSwapPart: chosen(0.25, 'Part of a proof at which no other guess is made of the pair'),
  allowedSwapNats: chosen(1.5, 'Small differences that stay do not add up to a proof'),
  besideSwapNats: chosen(20, 'Of two hosts with one cord exchanged the next one needs no rarity'),
  swapMeterSpread: chosen(0.015, 'Two meters of class 1: what an exchanged load shows the gain of'),
  mostSwapNoise: chosen(
    1.5,
    'An exchange makes its own noise: so much over that of the family is believed',
  ),
  // swings
  leastSwingOthers: chosen(3, 'Others at the same work that must have swung'),
  leastSwingBlocks: chosen(2, 'One odd block is no proof'),
  tellingSwingNats: chosen(2, 'A block that says something by itself'),
  // verdict
  unitToleranceK: chosen(6, 'What is expected of a temperature errs by a few kelvin'),
  driftBlocks: chosen(8, 'Forty minutes tell a drift from a step'),
  driftPart: chosen(0.35, 'A drift has moved on by a good part of what it is'),
} as const satisfies Readonly<Record<string, Figure>>;
