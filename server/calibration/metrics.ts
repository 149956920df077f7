/** Calibration and fidelity as metrics of the service. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { BoardScore } from '../../twin/index.ts';
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

/** Reads the service when the page is made. */
export function registerCalibrationMetrics(registry: Registry, service: CalibrationService): void {
  for (const [name, help, of] of SCORES) {
    new Gauge({
      ...{ name: `orrery_fidelity_${name}`, help, registers: [registry] },
      labelNames: ['kind', 'signal', 'horizon', 'maker'],
      collect() {
        this.reset();
        for (const score of service.board.scores()) {
          const { kind, signal, horizonS, maker } = score;
          const labels = { kind, signal, horizon: `${horizonS}s`, ...(maker ? { maker } : {}) };
          const value = of(score);
          if (Number.isFinite(value)) this.set(labels, value);
        }
      },
    });
  }
  neverScoredMetric(registry, service);
  samplesMetric(registry, service);
  gauge(registry, 'round_seconds', 'Time the last round took', r => r.tookMs / 1000, service);
  gauge(registry, 'step_seconds', 'Its longest step', r => r.longestStepMs / 1000, service);
  gauge(registry, 'failed_rounds', 'Rounds that failed', r => r.failures, service);
}

function neverScoredMetric(registry: Registry, { pending }: CalibrationService) {
  new Counter({
    name: 'orrery_fidelity_never_scored_total',
    help: 'Predicted values that were not scored: unmeasured, without room, or of an entity gone',
    labelNames: ['why'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [why, count] of Object.entries(pending.lost)) this.inc({ why }, count);
    },
  });
}

function samplesMetric(registry: Registry, service: CalibrationService) {
  new Counter({
    name: 'orrery_calibration_samples_total',
    help: 'Samples by model and what became of them: updated, clipped, frozen, outOfRange and so on',
    labelNames: ['model', 'outcome'],
    registers: [registry],
    collect() {
      this.reset();
      const { calibration } = service;
      for (const run of calibration.runs) {
        for (const [outcome, count] of Object.entries(calibration.outcomesOf(run))) {
          this.inc({ model: run.model.id, outcome }, count);
        }
      }
    },
  });
}

type Round = CalibrationService['lastRound'];

function gauge(
  ...of: readonly [Registry, string, string, (r: Round) => number, CalibrationService]
) {
  const [registry, name, help, read, service] = of;
  new Gauge({
    ...{ name: `orrery_calibration_${name}`, help, registers: [registry] },
    collect() {
      this.set(read(service.lastRound));
    },
  });
}
