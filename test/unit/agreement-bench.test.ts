/** The benchmark of sensor agreement: a laboratory with known faults, and how findings are counted. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createLab } from '../../scenarios/lab/lab.ts';
import { figuresOf } from '../../server/bench/agreement.ts';
import { type AgreementLabs, runSeed, type Said } from '../../server/bench/agreement-score.ts';

const labs = (faults: ReturnType<AgreementLabs['drawFaults']>): AgreementLabs => ({
  createLab: options => createLab({ ...options, racks: 4 }),
  drawFaults: () => faults,
});

test('a PDU in kilowatts is found in the laboratory, and nothing else', () => {
  const fault = {
    kind: 'unit',
    unit: 'kilo',
    entity: 'r1-k02-pdu-a',
    signal: 'pduPowerW',
    atS: 60,
  };
  const run = runSeed(labs([fault]), 5, 1);
  const figures = figuresOf([run]);
  assert.deepEqual(figures.wrong, []);
  assert.deepEqual([figures.precision, figures.recall], [1, 1]);
  assert.ok(figures.worstMinutes <= 60);
});

test('a finding of another sensor, or by another name, counts against precision and recall', () => {
  const fault = { kind: 'scale', entity: 'a', signal: 'bmcPowerW', atS: 0 };
  const said = (entity: string, name: string): Said => ({
    ...{ entity, signal: 'bmcPowerW', fault: name, factor: 1.1, other: undefined, or: [] },
    ...{ sinceS: 0, foundS: 600, namedS: 600, confidence: 1 },
  });
  const run = { seed: 1, cpuS: 1, faults: [fault], said: [said('b', 'scale'), said('a', 'stuck')] };
  const figures = figuresOf([run]);
  assert.deepEqual([figures.precision, figures.recall], [0, 0]);
  const late = { ...run, said: [{ ...said('a', 'scale'), foundS: 9000, namedS: 9000 }] };
  assert.deepEqual([figuresOf([late]).precision, figuresOf([late]).recall], [1, 0]);
});
