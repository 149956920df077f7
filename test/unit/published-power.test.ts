/** Published kinds of power, heat and energy: what they answer beyond the public rows. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { cracCopPaper } from '../../twin/published/crac-cop.ts';
import { gpuLimitsPaper } from '../../twin/published/gpu-limits.ts';
import { powerCapPaper } from '../../twin/published/power-cap.ts';
import { psuCurvePaper } from '../../twin/published/psu-curve.ts';
import { pueMixPaper } from '../../twin/published/pue-mix.ts';
import { rideThroughPaper } from '../../twin/published/ride-through.ts';
import { serverAirPaper } from '../../twin/published/server-air.ts';
import { near } from '../support/near.ts';

test('gpu_limits: by any name of the card; what is not known is not answered', () => {
  const short = gpuLimitsPaper.answer({ gpu: 'H100-SXM' });
  assert.deepEqual(gpuLimitsPaper.answer({ gpu: 'NVIDIA H100 80GB HBM3' }), short);
  assert.deepEqual([short.capMinW, short.capMaxW, short.shutdownMarginC], [200, 700, -5]);
  const volta = gpuLimitsPaper.answer({ gpu: 'Tesla V100-SXM2-32GB' });
  assert.deepEqual(
    [volta.maxOperatingTempC, volta.slowdownTempC, volta.shutdownTempC, volta.memoryMaxTempC],
    [83, 87, 90, 85],
  );
  assert.deepEqual([volta.capMinW, volta.capMaxW], [150, 300]);
  const l40s = gpuLimitsPaper.answer({ gpu: 'L40S' });
  assert.ok(!('shutdownTempC' in l40s) && !('memoryMaxTempC' in l40s));
  // Older cards report temperatures: margins would be ours, not theirs.
  assert.ok(!('slowdownMarginC' in gpuLimitsPaper.answer({ gpu: 'A100-SXM4-80GB' })));
  const pcie = gpuLimitsPaper.answer({ gpu: 'H100 PCIe' });
  assert.deepEqual([pcie.capMinW, pcie.capMaxW, pcie.slowdownMarginC], [200, 350, -2]);
  assert.throws(() => gpuLimitsPaper.answer({ gpu: 'H100 CNX' }), /'H100 CNX' is unknown; known/);
});

test('server_air: a DGX B200; thinner air warms more; what is not printed contradicts nothing', () => {
  const b200 = { maxPowerW: 14_300, airflowCfm: 1550, airTempC: 20 };
  const answer = serverAirPaper.answer(b200);
  // 14,300 * 3.412 / (1.08 * 1550 * 1.8) = 16.19
  near(answer.deltaTK, 16.19, 0.1);
  assert.equal(answer.specMismatch, false);
  const hot = serverAirPaper.answer({ ...b200, airTempC: 40 });
  // density goes with 1 / T: 313.15 / 293.15
  near(Number(hot.deltaTK) / Number(answer.deltaTK), 1.0682, 1e-3);
  const at = (printedHeatBtuPerH: number) =>
    serverAirPaper.answer({ ...b200, printedHeatBtuPerH }).specMismatch;
  assert.deepEqual([at(48_794), at(49_500), at(55_000), at(43_000)], [false, false, true, true]);
  assert.throws(() => serverAirPaper.answer({ ...b200, airflowCfm: 0 }), /airflowCfm/);
});

test('psu_curve: gold, light loads, and loss in proportion to the rating', () => {
  const at = (rating: string, loadRatio: number) =>
    psuCurvePaper.answer({ rating, ratedW: 2000, loadRatio });
  near(at('gold', 0.5).efficiencyRatio, 0.92, 1e-9);
  // 2000 * 0.5 / 0.92 - 1000 = 86.96
  near(at('gold', 0.5).lossW, 86.96, 0.01);
  assert.ok(Number(at('titanium', 0.05).efficiencyRatio) < 0.9);
  const idle = at('titanium', 0);
  assert.ok(idle.efficiencyRatio === 0 && Number(idle.lossW) > 0);
  for (const name of ['Titanium', '80 PLUS Titanium', '80plus-titanium', ' TITANIUM ']) {
    assert.deepEqual(at(name, 0.5), at('titanium', 0.5), name);
  }
  assert.throws(() => at('wood', 0.5), /rating/);
});

const OPENGATE = { supplyC: 22, shutdownInletC: 40, calibrate: { rackKw: 5, timeS: 189 } };

test('ride_through: the same study saw 10 kW go off in under a minute', () => {
  const at = (rackKw: number) =>
    Number(rideThroughPaper.answer({ ...OPENGATE, rackKw }).timeToShutdownS);
  near(at(5), 189, 1e-3);
  assert.ok(at(10) < 60 && at(10) > 30, `${at(10)}`);
  assert.ok(at(2.5) > 2 * at(5));
});

test('ride_through: bad input is refused by name', () => {
  assert.throws(
    () => rideThroughPaper.answer({ ...OPENGATE, rackKw: 5, shutdownInletC: 20 }),
    /shutdownInletC/,
  );
  assert.throws(() => rideThroughPaper.answer({ ...OPENGATE, rackKw: -1 }), /rackKw/);
});

const V100 = { gpu: 'V100-SXM2-32GB', workload: 'training', defaultW: 250, uncappedDrawW: 186 };

test('power_cap: less power takes longer, but not in proportion; energy falls', () => {
  const answers = [250, 200, 186, 170, 150].map(capW => powerCapPaper.answer({ ...V100, capW }));
  assert.deepEqual(
    answers.map(({ capActs }) => capActs),
    [false, true, true, true, true],
  );
  assert.deepEqual(answers[0].energyRatio, 1);
  const energies = answers.map(({ energyRatio }) => Number(energyRatio));
  assert.deepEqual(
    energies,
    energies.toSorted((a, b) => b - a),
  );
});

test('power_cap: without a draw the usual one of the workload is taken', () => {
  const asked = { gpu: 'H100-SXM5-80GB', defaultW: 700, capW: 400 };
  const of = (workload: string) => powerCapPaper.answer({ ...asked, workload });
  assert.equal(of('decode').capActs, false);
  assert.equal(of('decode').timeRatio, 1);
  assert.ok(Number(of('prefill').timeRatio) > Number(of('training').timeRatio));
  assert.ok(Number(of('training').timeRatio) > 1);
  near(of('prefill').powerRatio, 400 / 700, 1e-9);
  assert.equal(
    powerCapPaper.answer({ ...asked, workload: 'decode', capW: 150 }).capOutOfRange,
    true,
  );
});

test('power_cap: ratios are over the default, even where that holds the work back already', () => {
  const both = powerCapPaper.answer({ ...V100, defaultW: 150, capW: 150 });
  assert.deepEqual([both.timeRatio, both.powerRatio, both.energyRatio], [1, 1, 1]);
  const lifted = powerCapPaper.answer({ ...V100, defaultW: 150, capW: 250 });
  assert.ok(Number(lifted.timeRatio) < 1 && Number(lifted.powerRatio) > 1);
});

test('power_cap: a card whose memory takes most of a low cap loses time, not power', () => {
  const asked = { gpu: 'NVIDIA A40', workload: 'training', defaultW: 300, uncappedDrawW: 200 };
  const at = (capW: number) => powerCapPaper.answer({ ...asked, capW });
  assert.ok(Number(at(125).energyRatio) > Number(at(200).energyRatio));
  assert.ok(Number(at(100).energyRatio) > Number(at(125).energyRatio));
  assert.ok(Number(at(100).timeRatio) > 2);
});

test('power_cap: decode under a cap that acts takes no longer, for memory keeps its clock', () => {
  const asked = { gpu: 'H200-SXM', workload: 'decode', defaultW: 700, uncappedDrawW: 300 };
  const answer = powerCapPaper.answer({ ...asked, capW: 220 });
  assert.equal(answer.timeRatio, 1);
  near(answer.powerRatio, 220 / 300, 1e-9);
});

const ZEUS = new URL('../../../shared/data/power/zeus/', import.meta.url);

/** Mean relative error of power and energy over all trainings of a card, by cap. */
function zeusErrors(file: string, gpu: string, defaultW: number) {
  const rows = readFileSync(new URL(file, ZEUS), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.split(','));
  const errors = new Map<number, number[]>();
  for (const row of rows) {
    const [timeS, drawW] = row.slice(5).map(Number);
    const isSame = (other: string[]) => other.slice(0, 4).join() === row.slice(0, 4).join();
    const free = rows.find(other => isSame(other) && Number(other[4]) === defaultW);
    const capW = Number(row[4]);
    if (!free || capW === defaultW) continue;
    const asked = { gpu, workload: 'training', defaultW, capW, uncappedDrawW: Number(free[6]) };
    const { energyRatio } = powerCapPaper.answer(asked);
    const energy = (timeS * drawW) / (Number(free[5]) * Number(free[6]));
    const error = Math.abs(Number(energyRatio) / energy - 1);
    errors.set(capW, [...(errors.get(capW) ?? []), error]);
  }
  return new Map(
    [...errors].map(([capW, each]) => [capW, each.reduce((a, b) => a + b, 0) / each.length]),
  );
}

const noZeus = existsSync(ZEUS)
  ? false
  : 'the shared measurements of capped trainings are not here';
test('power_cap: measured trainings under caps, on the card of the fit and on another', {
  skip: noZeus,
}, () => {
  const v100 = zeusErrors('summary_power_v100.csv', 'V100-SXM2-32GB', 250);
  for (const capW of [150, 175, 200, 225]) assert.ok((v100.get(capW) ?? 1) < 0.075, `${capW}`);
  const a40 = zeusErrors('summary_power_a40.csv', 'A40', 300);
  for (const capW of [225, 250, 275]) assert.ok((a40.get(capW) ?? 1) < 0.045, `${capW}`);
  for (const capW of [175, 200]) assert.ok((a40.get(capW) ?? 1) < 0.065, `${capW}`);
  // Without the power it takes to be ready for work: 40, 30 and 14 % off.
  for (const capW of [100, 125, 150]) assert.ok((a40.get(capW) ?? 1) < 0.135, `${capW}`);
});

test('crac_cop and pue_mix', () => {
  near(cracCopPaper.answer({ supplyC: 25 }).cop, 4.728, 0.002);
  assert.throws(() => cracCopPaper.answer({ supplyC: 'warm' }), /supplyC/);
  const third = { itShareRatio: 1 / 3, pue: 1.2 };
  near(pueMixPaper.answer({ parts: [third, third, { ...third, pue: 1.5 }] }).pue, 1.3, 1e-12);
  const half = { parts: [{ itShareRatio: 0.5, pue: 1.2 }] };
  assert.throws(() => pueMixPaper.answer(half), /add up to 1/);
});
