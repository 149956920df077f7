/** Metrics of the comparison of sensors, by prom-client. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { SENSOR_FAULTS, SIGNALS, STORED_REFUSALS } from '../../twin/index.ts';
import type { SensorAgreement } from './agreement.ts';

/** Sensors that are named one by one; the counts are of all. */
const MAX_NAMED = 500;

export function registerAgreementMetrics(registry: Registry, agreement: SensorAgreement) {
  const registers = [registry];
  new Gauge({
    name: 'orrery_sensor_disagreements',
    help: 'Sensors that do not agree with the others, by what is wrong with them',
    labelNames: ['fault'],
    registers,
    collect() {
      this.reset();
      for (const fault of SENSOR_FAULTS) this.set({ fault }, 0);
      for (const { fault } of agreement.findings()) this.inc({ fault });
    },
  });
  new Gauge({
    name: 'orrery_sensor_disagreement_confidence_ratio',
    help: `Confidence that this sensor lies, for the ${MAX_NAMED} most certain`,
    labelNames: ['entity', 'signal', 'fault'],
    registers,
    collect() {
      this.reset();
      const { ids } = agreement.topology;
      for (const each of agreement.findings().slice(0, MAX_NAMED)) {
        const { entity, signal, fault, confidence } = each;
        this.set({ entity: ids[entity], signal: SIGNALS[signal].id, fault }, confidence);
      }
    },
  });
  gauge('orrery_sensor_points', 'Measuring points compared', () => agreement.stats().points);
  gauge('orrery_sensor_balances', 'Balances between them', () => agreement.stats().balances);
  gauge(
    'orrery_sensor_balances_current',
    'Balances that could be worked out in the last five minutes',
    () => agreement.stats().speaking,
  );
  gauge(
    'orrery_sensor_agreement_round_seconds',
    'Time the last comparison took',
    () => agreement.stats().tookMs / 1000,
  );
  gauge(
    'orrery_sensor_agreement_step_seconds',
    'Longest time in the last comparison without a pause for others',
    () => agreement.stats().longestStepMs / 1000,
  );
  new Counter({
    name: 'orrery_sensor_agreement_rounds_total',
    help: 'Rounds of readings compared',
    registers,
    collect() {
      this.reset();
      this.inc(agreement.stats().rounds);
    },
  });
  new Counter({
    name: 'orrery_sensor_agreement_skipped_rounds_total',
    help: 'Rounds left out because the one before was still running',
    registers,
    collect() {
      this.reset();
      this.inc(agreement.stats().skipped);
    },
  });

  new Counter({
    name: 'orrery_sensor_agreement_dropped_states_total',
    help: 'Stored states of the comparison that could not be gone on from, by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const reason of STORED_REFUSALS) this.inc({ reason }, agreement.droppedLessons(reason));
    },
  });

  function gauge(name: string, help: string, read: () => number) {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read());
      },
    });
  }
}
