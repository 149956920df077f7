/** Fidelity: how wrong the twin is, what calibration does about it, which sensors disagree. */
import { colors } from '../limits.ts';
import { bars, grid, lines, type Sized, stats, timeline } from '../panels.ts';
import { orZero } from '../promql.ts';
import { COUNT, KELVIN, NO_UNIT, PER_S, PERCENT, SECONDS, WATT } from '../units.ts';

/** What a line of the fidelity board is of. */
const KEYS = ['kind', 'signal', 'horizon', 'maker'] as const;
const LEGEND = '{{kind}} {{signal}} {{horizon}} {{maker}}';

/** Several instances of Orrery score the same lines; the worst or the largest is shown. */
const scores = (metric: string, matchers = '') =>
  `max by (${KEYS.join(', ')}) (orrery_fidelity_${metric}${matchers})`;
const lowestScores = (metric: string) => `min by (${KEYS.join(', ')}) (orrery_fidelity_${metric})`;

/** Errors of temperatures are kelvins, as their zero is arbitrary. */
const TEMPERATURES = '{signal=~".*(C|K)"}';
const POWERS = '{signal=~".*W"}';

const HORIZON =
  'The horizon is the age of the last reading that could be known; 0s is all but the newest. ' +
  'Lines marked prediction were made so long ahead, from readings and the job schedule.';

export function drifting(w: number): Sized {
  return stats(
    {
      title: 'Models that drift',
      description: 'Lines of the fidelity board whose error has left its usual level.',
      unit: COUNT,
      w,
      thresholds: colors(1),
    },
    [{ expr: 'sum(orrery_fidelity_drifting)', legend: 'drifting' }],
  );
}

const SKILL = lowestScores('skill_persistence');
/** Lines of which too little has been scored to say. */
const EARLY = `${scores('early')} == 1`;

export function withoutSkill(w: number): Sized {
  return stats(
    {
      title: 'Worse than the last value',
      description:
        'Lines where repeating the last known value would have been nearer than the twin. Not among ' +
        'them while it is too early to say.',
      unit: COUNT,
      w,
      thresholds: colors(1),
    },
    [{ expr: orZero(`count(${SKILL} < 0 unless ${EARLY})`, `count(${SKILL})`), legend: 'worse' }],
  );
}

export function disagreementsNow(w: number): Sized {
  return stats(
    {
      title: 'Sensors that disagree',
      description: 'Sensors that contradict the others, whatever is wrong with them.',
      unit: COUNT,
      w,
      thresholds: colors(1),
    },
    [{ expr: 'sum(max by (fault) (orrery_sensor_disagreements))', legend: 'sensors' }],
  );
}

export function failedRounds(w: number): Sized {
  return stats(
    {
      title: 'Failed rounds of calibration',
      description: 'Rounds since the start that failed; the log of Orrery says why.',
      unit: COUNT,
      w,
      thresholds: colors(1),
    },
    [{ expr: 'max(orrery_calibration_failed_rounds)', legend: 'failed' }],
  );
}

/** The board as a table. */
export function scoreTable(w: number): Sized {
  return grid(
    {
      title: 'Fidelity by level and signal',
      description:
        'Error, skill over the last value and over the running mean (1 perfect, 0 no better, below ' +
        `it worse), and the part of the values inside the 90 % band drawn before them. ${HORIZON} ` +
        'Bias and RMSE are in the unit of the signal.',
      unit: NO_UNIT,
      w,
      h: 10,
    },
    KEYS,
    [
      { title: 'MAPE', expr: scores('mape_ratio'), unit: PERCENT },
      { title: 'Skill, last value', expr: SKILL, unit: NO_UNIT },
      { title: 'Skill, mean', expr: lowestScores('skill_mean'), unit: NO_UNIT },
      { title: 'In the 90 % band', expr: lowestScores('coverage_ratio'), unit: PERCENT },
      { title: 'Bias', expr: scores('bias'), unit: NO_UNIT },
      { title: 'RMSE', expr: scores('rmse'), unit: NO_UNIT },
      { title: 'Values', expr: scores('scored_values'), unit: COUNT },
      { title: 'Drifting', expr: scores('drifting'), unit: NO_UNIT },
    ],
  );
}

export function mape(w: number): Sized {
  return lines(
    {
      title: 'Error of the twin',
      description: `Mean absolute error in parts of the value; old values fade. ${HORIZON}`,
      unit: PERCENT,
      min: 0,
      w,
    },
    [{ expr: scores('mape_ratio'), legend: LEGEND }],
  );
}

export function temperatureError(w: number): Sized {
  return lines(
    {
      title: 'Error of temperatures',
      description: `Root mean square error in kelvin. ${HORIZON}`,
      unit: KELVIN,
      min: 0,
      w,
    },
    [{ expr: scores('rmse', TEMPERATURES), legend: LEGEND }],
  );
}

export function powerBias(w: number): Sized {
  return lines(
    {
      title: 'Bias of powers',
      description: `Mean of predicted less measured: above zero the twin says too much. ${HORIZON}`,
      unit: WATT,
      w,
    },
    [{ expr: scores('bias', POWERS), legend: LEGEND }],
  );
}

export function skillOverLast(w: number): Sized {
  return lines(
    {
      title: 'Skill over the last value',
      description: '1 less the error over that of the last known value: 1 perfect, 0 no better.',
      unit: NO_UNIT,
      max: 1,
      w,
    },
    [{ expr: SKILL, legend: LEGEND }],
  );
}

export function skillOverMean(w: number): Sized {
  return lines(
    {
      title: 'Skill over the running mean',
      description: '1 less the error over that of the running mean: 1 perfect, 0 no better.',
      unit: NO_UNIT,
      max: 1,
      w,
    },
    [{ expr: lowestScores('skill_mean'), legend: LEGEND }],
  );
}

export function coverage(w: number): Sized {
  return lines(
    {
      title: 'Values inside their 90 % band',
      description:
        'Part of the measured values inside the band drawn before them. Below 90 % the twin is ' +
        'surer than it may be, above it less sure.',
      unit: PERCENT,
      min: 0,
      max: 1,
      w,
    },
    [
      { expr: lowestScores('coverage_ratio'), legend: LEGEND },
      { expr: 'vector(0.9)', legend: 'aim: 90 %' },
    ],
  );
}

export function driftOverTime(w: number): Sized {
  return timeline(
    {
      title: 'Drift',
      description: '1 while the error of a line has left its usual level: the machine has changed.',
      unit: NO_UNIT,
      w,
      thresholds: colors(1),
    },
    [{ expr: scores('drifting'), legend: LEGEND }],
  );
}

export function samples(w: number): Sized {
  return lines(
    {
      title: 'Samples for calibration',
      description: 'Samples per second by what became of them: learned from, limited, left out.',
      unit: PER_S,
      min: 0,
      w,
    },
    [
      {
        expr: 'sum by (outcome) (rate(orrery_calibration_samples_total[$__rate_interval]))',
        legend: '{{outcome}}',
      },
    ],
  );
}

export function rounds(w: number): Sized {
  return lines(
    {
      title: 'Time of a round',
      description: 'Time that the last round of calibration took, and its longest step.',
      unit: SECONDS,
      min: 0,
      w,
    },
    [
      { expr: 'max(orrery_calibration_round_seconds)', legend: 'round' },
      { expr: 'max(orrery_calibration_step_seconds)', legend: 'longest step' },
      { expr: 'max(orrery_sensor_agreement_round_seconds)', legend: 'comparison of sensors' },
    ],
  );
}

export function disagreements(w: number): Sized {
  return lines(
    {
      title: 'Sensors that disagree, by fault',
      description: 'Sensors that contradict the others, by what is wrong with them.',
      unit: COUNT,
      min: 0,
      w,
    },
    [{ expr: 'max by (fault) (orrery_sensor_disagreements)', legend: '{{fault}}' }],
  );
}

export function accused(w: number): Sized {
  return bars(
    {
      title: 'Sensors most certain to lie',
      description:
        'The 20 most certain findings; the live page says what each reads and since when. No data ' +
        'means that all sensors agree, or that they are not compared.',
      unit: PERCENT,
      min: 0,
      max: 1,
      w,
    },
    {
      expr: 'topk(20, max by (entity, signal, fault) (orrery_sensor_disagreement_confidence_ratio))',
      legend: '{{entity}} {{signal}}: {{fault}}',
    },
  );
}

export function balances(w: number): Sized {
  return lines(
    {
      title: 'Balances between sensors',
      description:
        'Balances between measuring points, and those that could be worked out in the last five ' +
        'minutes: where none can, no disagreement is seen.',
      unit: COUNT,
      min: 0,
      w,
    },
    [
      { expr: 'max(orrery_sensor_balances)', legend: 'all' },
      { expr: 'max(orrery_sensor_balances_current)', legend: 'current' },
    ],
  );
}
