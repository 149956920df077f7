/** Calibration and fidelity as metrics of the service. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { BoardScore } from '../../twin/index.ts';
import { oncePerPage, putInto, type Series } from '../metrics/put.ts';
import type { CalibrationService } from './calibration.ts';

/** Gauges of the board, with what they read from a line. */
const SCORES: readonly (readonly [name: string, help: string, of: (s: BoardScore) => number])[] = [
  ['scored_values', 'Values scored that still count, by their weight', s => s.weight],
  ['scored_rounds', 'Rounds in which something was scored', s => s.rounds],
  ['early', '1 while too few rounds were scored for a skill to say anything', s => +s.isEarly],
  ['mape_ratio', 'Mean absolute error in parts of the value', s => s.mapeRatio],
  ['bias', 'Mean of predicted less measured, in the unit of the signal', s => s.bias],
  ['rmse', 'Root mean square error, in the unit of the signal', s => s.rmse],
  ['nmbe_ratio', 'Bias over the mean of the values', s => s.nmbeRatio],
  ['cv_rmse_ratio', 'Root mean square error over the mean of the values', s => s.cvRmseRatio],
  ['skill_persistence', '1 less the error over that of the last value', s => s.skillPersistence],
  ['skill_mean', '1 less the error over that of the running mean', s => s.skillMean],
  ['band_low', 'Lower edge of the 90 % band of errors', s => s.band?.low ?? Number.NaN],
  ['band_high', 'Upper edge of the 90 % band of errors', s => s.band?.high ?? Number.NaN],
  [
    'coverage_ratio',
    'Part of the values inside the band drawn before them',
    s => s.band?.coverageRatio ?? Number.NaN,
  ],
  [
    'drifting',
    '1 while the error has left its usual level',
    s => (Number.isNaN(s.driftingSinceMs) ? 0 : 1),
  ],
];

export function registerCalibrationMetrics(registry: Registry, service: CalibrationService): void {
  const gauge = putInto(registry, Gauge);
  const counter = putInto(registry, Counter);
  const scores = oncePerPage(() => service.board.scores());
  for (const [name, help, of] of SCORES) {
    const read = () => scores().flatMap(score => seriesOf(score, of(score)));
    gauge(`orrery_fidelity_${name}`, help, read, 'kind', 'signal', 'horizon', 'maker');
  }
  counter(
    'orrery_fidelity_never_scored_total',
    'Predicted values that were not scored: unmeasured, without room, or of an entity gone',
    () => Object.entries(service.pending.lost).map(([why, count]) => [{ why }, count]),
    'why',
  );
  counter(
    'orrery_calibration_samples_total',
    'Samples by model and what became of them: updated, clipped, frozen, outOfRange and so on',
    () => samplesOf(service),
    'model',
    'outcome',
  );
  const round = (name: string, help: string, of: (r: Round) => number) =>
    gauge(`orrery_calibration_${name}`, help, () => of(service.lastRound));
  round('round_seconds', 'Time the last round took', r => r.tookMs / 1000);
  round('step_seconds', 'Its longest step', r => r.longestStepMs / 1000);
  round('failed_rounds', 'Rounds that failed', r => r.failures);
}

type Round = CalibrationService['lastRound'];

function seriesOf({ kind, signal, horizonS, maker }: BoardScore, value: number): Series {
  if (!Number.isFinite(value)) return [];
  return [[{ kind, signal, horizon: `${horizonS}s`, ...(maker ? { maker } : {}) }, value]];
}

const samplesOf = ({ calibration }: CalibrationService): Series =>
  calibration.runs.flatMap(run =>
    Object.entries(calibration.outcomesOf(run)).map(
      ([outcome, count]) => [{ model: run.model.id, outcome }, count] as const,
    ),
  );
