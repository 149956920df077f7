/** The plant laboratory: same seed, same life; energy adds up; no simple guess follows it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { FIGURES } from '../../scenarios/lab/figures.ts';
import { createLab, type Lab, type Telemetry } from '../../scenarios/lab/lab.ts';
import { squareMean } from '../../scenarios/lab/load.ts';
import { importsOf, readSources } from '../support/boundaries.ts';

const HOUR_MS = 3_600_000;

/** Everything a run says, as one number (FNV-1a over the values as text). */
function hashOf(ticks: readonly Telemetry[]): number {
  let hash = 0x811c9dc5;
  for (const { atMs, entity, signal, value } of ticks) {
    for (const letter of `${atMs};${entity.join()};${signal.join()};${value.join()}`) {
      hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
    }
  }
  return hash >>> 0;
}

test('the same seed lives the same life, in one step or in many; another seed does not', () => {
  const run = (seed: number, pieces: number) => {
    const lab = createLab({ seed, racks: 2 });
    const ticks: Telemetry[] = [];
    for (let at = 1; at <= pieces; at++) {
      ticks.push(...lab.step(lab.startMs + (at * HOUR_MS) / (4 * pieces)));
    }
    return hashOf(ticks);
  };
  assert.equal(run(5, 1), run(5, 15));
  assert.notEqual(run(5, 1), run(6, 1));
});

test('sensors do not touch what they measure: truth is the same at any rate of telemetry', () => {
  const truthOf = (telemetryS: number) => {
    const lab = createLab({ seed: 3, racks: 2, telemetryS });
    lab.step(lab.startMs + HOUR_MS / 4);
    return lab.truth.minutes.map(minute => [...minute.rackPowerW]);
  };
  assert.deepEqual(truthOf(10), truthOf(60));
});

const day = createLab({ seed: 11 });
const ticks = day.step(day.startMs + 3 * HOUR_MS);
const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

/** Largest relative difference that rounding over 10^4 steps may leave. */
const ROUNDING = 1e-9;

test('energy in is heat out and energy stored', () => {
  const { energy } = day.truth;
  const rackJ = sum(day.truth.minutes.flatMap(({ rackPowerW }) => [...rackPowerW])) * 60;
  const air = Math.abs(energy.airHeatJ + energy.storedJ - rackJ);
  assert.ok(air < ROUNDING * rackJ, `air: ${air} J of ${rackJ}`);
  const supply = Math.abs(energy.upsOutputJ - energy.buswayLossJ - rackJ);
  assert.ok(supply < ROUNDING * rackJ, `supply: ${supply} J of ${rackJ}`);
  for (const [name, joules] of Object.entries(energy)) {
    if (name !== 'storedJ') assert.ok(joules > 0, `${name}: ${joules}`);
  }
});

test('the whole is the sum of its parts and losses as large as they are in the field', () => {
  const { energy, minutes } = day.truth;
  const dcJ = energy.gpuJ + energy.hostRestJ;
  const efficiency = dcJ / (dcJ + energy.psuLossJ);
  assert.ok(efficiency > 0.9 && efficiency < 0.975, `supplies: ${efficiency}`);
  const pduLoss = energy.pduLossJ / energy.upsOutputJ;
  assert.ok(pduLoss > 0.0005 && pduLoss < 0.005, `PDUs: ${pduLoss}`);
  for (const minute of minutes) {
    for (let rack = 0; rack < 8; rack++) {
      const hostsW = sum(minute.hostPowerW.slice(4 * rack, 4 * rack + 4));
      const gpusW = sum(minute.gpuPowerW.slice(32 * rack, 32 * rack + 32));
      const restW = minute.rackPowerW[rack] - hostsW;
      // TOR of 520 W +-20 % and its cords, PDU losses below 1 %
      assert.ok(restW > 380 && restW < 700 + 0.01 * hostsW, `rack ${rack}: ${restW} W`);
      // four hosts without their GPUs draw 3 to 12 kW
      assert.ok(hostsW - gpusW > 3000 && hostsW - gpusW < 12_000, `${hostsW} and ${gpusW} W`);
    }
  }
});

test('temperatures stay where machines work', () => {
  for (const { gpuTempC, hostInletTempC, rackInletTempC } of day.truth.minutes) {
    assert.ok(Math.min(...gpuTempC) > 18 && Math.max(...gpuTempC) < 92);
    assert.ok(Math.min(...hostInletTempC) > 15 && Math.max(...hostInletTempC) < 32);
    assert.ok(Math.max(...rackInletTempC) - Math.min(...rackInletTempC) < 6);
  }
});

test('parameters are drawn within their spread, and differ from seed to seed', () => {
  const [one, two] = [1, 2].map(seed => createLab({ seed, racks: 1 }).truth.parameters);
  let differing = 0;
  for (const [name, { value, spread }] of Object.entries(FIGURES)) {
    assert.ok(Math.abs(one[name] / value - 1) <= spread + 1e-12, name);
    if (spread > 0 && one[name] !== two[name]) differing++;
  }
  assert.ok(differing > 40, `${differing} differ`);
});

/** Mean absolute relative error, %, of saying that a rack draws what it drew 15 minutes ago. */
function persistencePct({ truth: { minutes } }: Lab): number {
  const errors: number[] = [];
  for (let at = 15; at < minutes.length; at++) {
    minutes[at].rackPowerW.forEach((watts, rack) => {
      errors.push(Math.abs(minutes[at - 15].rackPowerW[rack] / watts - 1));
    });
  }
  return (100 * sum(errors)) / errors.length;
}

test('rack power 15 minutes ago is off by 6 % and more', () => {
  for (const seed of [2, 7]) {
    const lab = createLab({ seed, telemetryS: 300 });
    lab.step(lab.startMs + 10 * HOUR_MS);
    const pct = persistencePct(lab);
    assert.ok(pct >= 6 && pct < 14, `seed ${seed}: ${pct} %`);
  }
});

test('a training wave is averaged exactly over the second', () => {
  // period 2 s, high for 0.5 s: [0, 1] holds 0.5 s of it, [1, 2] none, [1.75, 2.75] all of it
  assert.equal(squareMean(0, 2, 0.5), 0.5);
  assert.equal(squareMean(1, 2, 0.5), 0);
  assert.equal(squareMean(1.75, 2, 0.5), 0.5);
  // period 0.4 s, high for 0.1 s: the second holds 2.5 periods and the third high part
  assert.ok(Math.abs(squareMean(0, 0.4, 0.1) - 0.3) < 1e-12);
});

test('the scheduler knows 15 minutes, and what it says comes true', () => {
  const lab = createLab({ seed: 21 });
  const aheadMs = 15 * 60_000;
  lab.step(lab.startMs + HOUR_MS);
  const nowMs = lab.nowMs;
  const known = lab.schedule(nowMs, nowMs + 10 * HOUR_MS);
  for (const job of known) {
    assert.ok(job.startMs < nowMs + aheadMs);
    assert.ok(job.endMs === null || (job.endMs > nowMs && job.endMs <= nowMs + aheadMs));
    assert.deepEqual(
      job.gpus,
      [...job.gpuEntities].map(entity => lab.entities[entity].id),
    );
  }
  lab.step(nowMs + aheadMs);
  const then = lab.schedule(nowMs, nowMs + aheadMs);
  assert.deepEqual(
    then.map(({ id, startMs }) => [id, startMs]),
    known.map(({ id, startMs }) => [id, startMs]),
  );
  const ended = known.filter(({ endMs }) => endMs !== null);
  assert.ok(ended.length > 0, 'jobs end within 15 minutes');
  for (const { id, endMs } of ended) assert.equal(then.find(job => job.id === id)?.endMs, endMs);
});

test('no GPU has two jobs, and GPUs without one are idle', () => {
  const jobs = day.schedule(day.startMs, day.nowMs);
  const { minutes, parameters } = day.truth;
  minutes.forEach(({ endMs, gpuPowerW }) => {
    const busy = new Uint8Array(gpuPowerW.length);
    for (const { startMs, endMs: untilMs, gpuEntities } of jobs) {
      if (startMs >= endMs || (untilMs ?? Number.POSITIVE_INFINITY) <= endMs - 60_000) continue;
      const all = startMs <= endMs - 60_000 && (untilMs ?? Number.POSITIVE_INFINITY) >= endMs;
      for (const gpu of gpuEntities) {
        if (all) assert.equal(busy[gpu], 0, `GPU ${gpu} is taken`);
        busy[gpu] = 1;
      }
    }
    gpuPowerW.forEach((watts, gpu) => {
      if (busy[gpu] === 0) assert.ok(watts < 1.1 * parameters.gpuIdleW, `${watts} W idle`);
    });
  });
});

test('a bad option is named', () => {
  assert.throws(() => createLab({ seed: 0.5 }), /seed: 0.5; give a whole number/);
  assert.throws(() => createLab({ seed: 1, racks: 11 }), /racks: 11; give .* from 1 to 10/);
  assert.throws(() => createLab({ seed: 1, telemetryS: 0 }), /telemetryS: 0/);
  const lab = createLab({ seed: 1, racks: 1 });
  assert.throws(() => lab.step(lab.startMs - 1000), /step: .* is no whole second from/);
  assert.throws(() => lab.step(lab.startMs + 1), /no whole second/);
});

test('every tick is finite, in columns of one length, and some pages drop out', () => {
  let gaps = 0;
  const full = Math.max(...ticks.map(({ value }) => value.length));
  for (const { entity, signal, value } of ticks) {
    assert.ok(entity.length === value.length && signal.length === value.length);
    assert.ok(value.every(Number.isFinite));
    if (value.length < full) gaps++;
  }
  assert.equal(ticks.length, 360);
  assert.ok(gaps > 10 && gaps < 240, `${gaps} ticks with gaps`);
});

test('the laboratory imports nothing of the engine or the service', () => {
  for (const [file, source] of readSources(new URL('../../', import.meta.url))) {
    if (!file.startsWith('scenarios/lab/')) continue;
    for (const { name, to } of importsOf(file, source)) {
      assert.match(to ?? name, /^scenarios\/(lab|plant)\//, `${file} imports ${name}`);
    }
  }
});
