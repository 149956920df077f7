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
  const seen = { seed: 1, cpuS: 1, faults: [fault], isShown: [true] };
  const run = { ...seen, said: [said('b', 'scale'), said('a', 'stuck')] };
  const figures = figuresOf([run]);
  assert.deepEqual([figures.precision, figures.recall], [0, 0]);
  const late = { ...run, said: [{ ...said('a', 'scale'), foundS: 9000, namedS: 9000 }] };
  assert.deepEqual([figuresOf([late]).precision, figuresOf([late]).recall], [1, 0]);
});

test('a fault counts as shown by what it does to readings, whatever is found', () => {
  const scale = { kind: 'scale', signal: 'outletPowerW', atS: 0 };
  const slight = { ...scale, entity: 'r1-k03-n1/psu0', factor: 1.04 };
  const gross = { ...scale, entity: 'r1-k04-n1/psu0', factor: 0.9 };
  const brief = { ...gross, entity: 'r1-k04-n2/psu0', untilS: 500 };
  const run = runSeed(labs([slight, gross, brief]), 5, 1);
  assert.deepEqual(run.isShown, [false, true, false]);
  const none = figuresOf([{ ...run, said: [] }]);
  assert.deepEqual([none.faults, none.recall], [3, 0]);
  assert.deepEqual(none.shown, { faults: 1, found: 0, recall: 0 });
});
