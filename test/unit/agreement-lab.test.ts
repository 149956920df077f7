/** Sensor agreement in the laboratory: what hides a lying sensor there, and what makes one seem to lie. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createLab } from '../../scenarios/lab/lab.ts';
import { type AgreementLabs, runSeed } from '../../server/bench/agreement-score.ts';

type LabFaults = ReturnType<AgreementLabs['drawFaults']>;

function named(seed: number, hours: number, faults: LabFaults = []) {
  const run = runSeed({ createLab, drawFaults: () => faults }, seed, hours);
  return run.said.map(each => `${each.entity} ${each.signal} ${each.fault}`);
}

test('GPU power that is 25 % high from the start is seen beside GPUs at the same work', () => {
  const where = { entity: 'r1-k01-n1/gpu3', signal: 'gpuPowerW', atS: 0 };
  const fault = { kind: 'scale', ...where, factor: 1.25 };
  const said = named(9022, 2, [fault]);
  assert.deepEqual(said, ['r1-k01-n1/gpu3 gpuPowerW scale']);
});

test('a supply input that is 7 % high is seen, though all inputs of its host alias waves', () => {
  const where = { entity: 'r1-k04-n2/psu0', signal: 'psuInputPowerW', atS: 0 };
  const fault = { kind: 'scale', ...where, factor: 1.07 };
  const said = named(10001, 1.5, [fault]);
  assert.deepEqual(said, ['r1-k04-n2/psu0 psuInputPowerW scale']);
});

test('a BMC and supplies that meet the same phase of a wave for an hour are not accused', () => {
  assert.deepEqual(named(11036, 1.5), []);
});

test('one block in which a PDU fell silent does not become what is usual', () => {
  assert.deepEqual(named(11052, 1.5), []);
});

test('a GPU temperature that stays when its job ends is stuck', () => {
  const fault = { kind: 'stuck', entity: 'r1-k07-n4/gpu6', signal: 'gpuTempC', atS: 2720 };
  assert.deepEqual(named(11046, 2, [fault]), ['r1-k07-n4/gpu6 gpuTempC stuck']);
});

test('three cords exchanged between hosts that draw nearly the same are all found', () => {
  const faults = [1, 3, 5].map(psu => ({
    ...{ kind: 'swap', entity: `r1-k06-n2/psu${psu}`, other: `r1-k06-n3/psu${psu}` },
    ...{ signal: 'outletPowerW', atS: 6477 },
  }));
  assert.deepEqual([...new Set(named(21051, 3.8, faults))].sort(), [
    'r1-k06-n2/psu1 outletPowerW swapped',
    'r1-k06-n2/psu3 outletPowerW swapped',
    'r1-k06-n2/psu5 outletPowerW swapped',
  ]);
});

test('an exhaust that stands still is not stuck because the BMC beside it changes its unit', () => {
  const fault = {
    kind: 'unit',
    unit: 'milli',
    entity: 'r1-k02-n3',
    signal: 'bmcPowerW',
    atS: 2694,
  };
  assert.deepEqual(named(21081, 1, [fault]), ['r1-k02-n3 bmcPowerW unit']);
});

test('BMCs exchanged between hosts that draw nearly the same are known by the past of their meters', () => {
  const hosts = { entity: 'r1-k06-n2', other: 'r1-k06-n3' };
  const fault = { kind: 'swap', ...hosts, signal: 'bmcPowerW', atS: 4732 };
  assert.deepEqual(named(41089, 2, [fault]), ['r1-k06-n2 bmcPowerW swapped']);
});
