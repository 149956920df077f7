/**
 * Figures of the causal replay of a measured trace. All are choices of Orrery,
 * made with an eye on the BioHPC hosts: their scores are no test of unseen data.
 */
import { chosen } from './classes/figure.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const REPLAY = {
  revealMs: chosen(HOUR_MS, 'Power meters are commonly read out or billed by the hour'),
  bandMiss: chosen(0.1, 'A 90 % band misses one value in ten'),

  /** Memory of the lines through power and utilisation, as time constants. */
  lineFastMs: chosen(6 * HOUR_MS, 'A shift: follows the jobs of today'),
  lineMiddleMs: chosen(4 * DAY_MS, 'Several jobs of one user'),
  lineSlowMs: chosen(40 * DAY_MS, 'Shorter than a season, longer than any job'),
  /** Strength of the prior of a slope: a so large sum of squared utilisation, ratio squared. */
  slopePrior: chosen(0.05, 'About as much as one step from idle to a quarter of full load'),
  /** Time constants of the means that steady the last value. */
  anchorShortMs: chosen(10 * MINUTE_MS, 'Outlives sensor noise, not a job'),
  anchorLongMs: chosen(HOUR_MS, 'Outlives phases of a job'),

  /** Memory of the maps from utilisation to power, samples in one bin. */
  mapFastCount: chosen(5, 'The last power seen at this utilisation'),
  mapMiddleCount: chosen(20, 'A few phases'),
  mapSlowCount: chosen(200, 'Many jobs'),
  mapBins: chosen(24, 'Idle apart; the rest spaced by square root, finer near idle'),
  idleRatio: chosen(0.003, 'Utilisation below this is an idle host with a counter that rounds'),

  /** Time constants by which power may lag behind utilisation; the first is used until one is better. */
  lagsMs: [
    chosen(0, 'A meter that shows the moment, or samples further apart than any lag'),
    chosen(30_000, 'A BMC that averages'),
    chosen(MINUTE_MS, 'A BMC that averages and is read out once a minute'),
    chosen(2 * MINUTE_MS, 'A PDU, or a BMC behind a slow exporter'),
    chosen(5 * MINUTE_MS, 'A meter that shows means of five or ten minutes'),
  ],
  /** What earlier reveals count when the lag is chosen, and how close to the best is as good. */
  lagKeep: chosen(0.99, 'A lag belongs to the meter: a hundred reveals'),
  /** Reveals in which the load moved less say nothing of a lag. */
  lagMoveRatio: chosen(0.05, 'Above the noise of counters'),
  lagClose: chosen(1.02, 'Long lags gain a little by taking noise out of utilisation'),

  /** How fast the mixture shifts its weights, per unit of loss over the usual loss. */
  weightRate: chosen(0.5, 'A model twice as bad as usual loses half its weight in a reveal'),
  /** Part of the weight that is spread anew at each reveal, so that no model is lost for good. */
  weightShare: chosen(0.002, 'One reveal in five hundred may bring a change of regime'),
  /** Largest loss that counts, in multiples of the usual loss: a glitch may not decide. */
  lossMax: chosen(12, 'Beyond a dozen usual errors a sample says no more'),
  /** Step of the band's log widths, per square root of revealed samples. */
  bandStep: chosen(0.2, 'Between lag and jitter: coverage hardly moves from 0.1 to 0.3'),

  /** Values outside are no power, no temperature, no utilisation, in whatever unit. */
  powerMax: chosen(1e12, 'A gigawatt in mW'),
  powerMin: chosen(1e-6, 'Below, a host is off: 1 W in MW'),
  tempMinC: chosen(-90, 'Colder than any place on Earth has been'),
  tempMaxC: chosen(200, 'Hotter than any part of a host survives'),
  utilMax: chosen(1e12, 'More than all cores of a site in Hz'),
  /** A value so many times the largest before it is a spike until it lasts: not learnt. */
  spikeFactor: chosen(5, 'Idle to full load is about a factor of three'),
  spikeCount: chosen(3, 'A host that was replaced stays so'),

  /** A unit changed when power jumps by a thousand, to within this factor of what was expected. */
  unitFactor: chosen(1000, 'W against kW or mW'),
  unitTolerance: chosen(3, 'Idle to full load is about a factor of three on either side'),
  /** A sensor is taken for frozen after so many equal values over so long, under moving load. */
  frozenCount: chosen(6, 'Equal by chance only for a steady host'),
  frozenMs: chosen(30 * MINUTE_MS, 'The shortest freeze that the site cares about'),
  frozenMoveRatio: chosen(0.15, 'Expected move of power that a live sensor would have shown'),
  frozenSettleMs: chosen(10 * MINUTE_MS, 'Until a load average has forgotten the job before'),
  frozenMovedMs: chosen(5 * MINUTE_MS, 'Twice what a slow BMC takes to show a move'),
  /** A host is taken for replaced when its map is off this far, in the same direction... */
  shiftRatio: chosen(0.2, 'Above drift by temperature and ageing'),
  /** ...for so many revealed windows. */
  shiftWindows: chosen(4, 'Longer than a job that uses its power oddly'),
  /** Utilisation beyond its unit, or like a lower one, so many times means another unit. */
  beyondCount: chosen(2, 'One may be a glitch'),
  lowerCount: chosen(6, 'Idle hosts, too, have moments of odd power'),
  lowerLeastRatio: chosen(0.3, 'Less load hardly shows beside another power at idle'),
  /** Where power moved so far with load, and is so close to the usual one in a new unit... */
  utilUnitMovedRatio: chosen(1.3, 'Less hardly tells one load from another'),
  utilUnitMatchRatio: chosen(0.15, '...the unit has changed and the host has not'),
  /** A step between samples this many times the usual one is a gap. */
  gapFactor: chosen(2.5, 'One lost sample is jitter, two are a gap'),
} as const;
