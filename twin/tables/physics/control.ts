/** Figures of the temperature loop: GPU clock against die temperature. */
import { chosen, computed, recalled } from '../classes/figure.ts';

/** The plant `K / (tau s + 1)`: clock in GHz to temperature in K. None of it is measured yet. */
export const TEMPERATURE_PLANT = {
  gainCPerGHz: computed(50, '0.065 K/W x 850 W/GHz is 55; 50 to 60'),
  tauS: recalled(30, 'Heatsink of an air-cooled GPU'),
  periodS: chosen(5, 'A sixth of the time constant: sampling twice per period is no stability'),
  delaySamples: chosen(1, 'What is read now acts with the next sample'),
} as const;

/** Gains that hold for every plant gain from 25 to 150 with one sample of delay. */
export const TUNED_GAINS = {
  kpGHzPerC: computed(0.02, 'tau / (K (lambda + theta)) at K 50, theta 1.5 periods'),
  kiGHzPerCS: computed(6.7e-4, 'kp / tau'),
  lambdaS: chosen(22.5, 'Three dead times'),
} as const;

/** The outer loop (moving work away) acts this many times slower than the inner one settles. */
export const OUTER_LOOP_FACTOR = chosen(4, 'Rule for cascades');
/** Longest sampling period of a loop, as a part of the plant's time constant. */
export const PERIOD_MAX_RATIO = chosen(1 / 6, 'Common rule for digital PI control');
