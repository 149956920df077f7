/** Hostile telemetry and schedules: nothing diverges, nothing is NaN. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Predictor } from '../../twin/predict/predictor.ts';
import { signalIndex } from '../../twin/tables/signals.ts';
import { topologyOf } from '../support/inventories.ts';

const topology = topologyOf();
const SIGNALS = [
  ...['gpuEnergyJ', 'gpuPowerW', 'gpuTempC', 'cpuPowerW', 'fanSpeedRatio', 'inletTempC'],
  ...['pduPowerW', 'bmcPowerW'],
].map(signalIndex);

const values = fc.oneof(
  fc.double({ min: -1e4, max: 1e6 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1e308, 25, 300),
);

const readings = fc.array(
  fc.record({
    entity: fc.integer({ min: -1, max: topology.count - 1 }),
    signal: fc.constantFrom(-1, ...SIGNALS),
    value: values,
  }),
  { maxLength: 60 },
);

const jobs = fc.array(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    shape: fc.constantFrom('x', 'y'),
    kind: fc.constantFrom('training', 'inference'),
    gpus: fc
      .array(fc.integer({ min: -5, max: topology.count + 5 }), { maxLength: 12 })
      .map(list => Int32Array.from(list)),
    startMs: fc.oneof(fc.integer({ min: -1e6, max: 4e6 }), fc.constant(Number.NaN)),
    endMs: fc.oneof(fc.integer({ min: -1e6, max: 4e6 }), fc.constant(null)),
  }),
  { maxLength: 4 },
);

const rounds = fc.array(
  fc.record({ stepMs: fc.integer({ min: -40_000, max: 400_000 }), readings, jobs }),
  { minLength: 1, maxLength: 25 },
);

test('every value and band is finite, whatever comes in', () => {
  fc.assert(
    fc.property(rounds, plan => {
      const predictor = new Predictor(topology);
      let atMs = 0;
      for (const round of plan) {
        atMs += round.stepMs;
        predictor.book(round.jobs);
        predictor.take({
          atMs,
          entity: Int32Array.from(round.readings, r => r.entity),
          signal: Int32Array.from(round.readings, r => r.signal),
          value: Float64Array.from(round.readings, r => r.value),
        });
        const { rackPowerW, rackInletTempC, gpuTempC } = predictor.predict(900_000);
        for (const { value, low, high } of [...rackPowerW, ...rackInletTempC, ...gpuTempC]) {
          assert.ok(
            Number.isFinite(value) && low <= value && value <= high,
            `${low} ${value} ${high}`,
          );
          assert.ok(Math.abs(value) < 1e8);
        }
      }
    }),
    { numRuns: 40 },
  );
});
