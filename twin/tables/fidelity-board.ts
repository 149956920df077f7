/**
 * Figures of the fidelity board: when an error is said to have left its usual level, and when there is
 * enough of it to say anything. Blocks are means over `calibration.blockMinutes`, 10 min by default.
 */
import type { Figures } from './catalogue.ts';
import { chosen } from './classes/figure.ts';

export const BOARD = {
  driftLearnBlocks: chosen(
    36,
    'Orrery: six hours make the usual level, a shift of training jobs; nothing is said before',
  ),
  driftFollowBlocks: chosen(
    288,
    'Orrery: the usual level follows over two days, so that a day and a night both count',
  ),
  driftSlackSpreads: chosen(
    0.75,
    'Page 1954: half of the shift that is to be found soonest, here one and a half spreads',
  ),
  driftAlarmSpreads: chosen(
    6,
    'Orrery: eight blocks that are 1.5 spreads off, three that are 2.75; in simulation about one ' +
      'false alarm in a hundred days a line',
  ),
  driftBlockMostSpreads: chosen(5, 'Orrery: one wild block alone is no drift'),
  driftFarSpreads: chosen(3, 'Orrery: what is farther off says nothing about the usual level'),
  driftCorrelationMost: chosen(
    0.9,
    'Orrery: neighbours that are more alike are a level that moves, not errors that last',
  ),
  driftAcceptBlocks: chosen(144, 'Orrery: after a day away the new level is the usual one'),
  /** Spreads of block means below which a change of the error is of no interest. */
  spreadLeastRatio: chosen(
    0.0025,
    'Orrery: a shift of some four times this, 1 % of power, is the accuracy of class 1 meters',
  ),
  spreadLeastK: chosen(
    0.1,
    'Orrery: a shift of some four times this, 0.4 K, is what a probe is off',
  ),
  /** Below that of `driftLearnBlocks`: what has left its usual level is never early. */
  scoredRoundsLeast: chosen(
    30,
    'Orrery: a quarter of an hour of rounds; values of one round err alike, so rounds are counted',
  ),
  bandValuesLeast: chosen(20, 'Orrery: one value in twenty lies beyond either edge of a band'),
  relativeLeast: chosen(1, 'Orrery: what is below 1 W has no error in parts of itself'),
  toleranceS: chosen(60, 'Orrery: slow meters are read once a minute'),
  waitingValuesMost: chosen(
    4e6,
    'Orrery: all that is predicted of 100,000 GPUs waits to be scored in it, some 130 MB',
  ),
} as const satisfies Figures;
