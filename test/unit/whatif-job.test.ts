/** The job in the answer to a placement: its step, its failures, and what was taken for granted. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { whatIfAnswerSchema } from '../../twin/whatif/answer.ts';
import { type JobSpec, jobAnswer } from '../../twin/whatif/job.ts';
import { askWhatIf } from '../../twin/whatif/whatif.ts';
import { nearRatio as near } from '../support/near.ts';
import { probe } from '../support/two-rack-twin.ts';

const site = probe();
site.tick();

function ask(place: object) {
  const answer = askWhatIf(site.twin, { kind: 'WhatIf', place });
  assert.ok(answer.ok, JSON.stringify(answer));
  whatIfAnswerSchema.parse(answer.value);
  return answer.value;
}

function jobOf(gpus: number, job?: JobSpec, more: object = {}) {
  const answer = ask({ gpus, ...more, ...(job ? { job } : {}) });
  assert.ok(answer.job, JSON.stringify(answer.evidence));
  return answer.job;
}

test('a gang is taken for a dense training job, which reaches what such jobs are seen to reach', () => {
  const job = jobOf(32);
  assert.equal(job.class, 'training');
  assert.ok(job.assumed.includes('parameters') && job.assumed.includes('computeS'));
  // Llama 3: 38-43 % with communication in it.
  assert.ok(job.mfuRatio !== null && job.mfuRatio > 0.35 && job.mfuRatio < 0.5, `${job.mfuRatio}`);
  near(job.iterationS, job.computeS + job.exposedS, 1e-12);
  near(job.tokensPerS, job.tokensPerStep / job.iterationS, 1e-12);
  assert.ok(job.memoryRatio <= 0.5);
});

test('what was measured goes before what is assumed', () => {
  const measured = { computeS: 0.3, communicationBytes: 20e9, overlapRatio: 0.25 };
  const job = jobOf(16, measured);
  assert.equal(job.computeS, 0.3);
  near(job.exposedS, job.communicationS - Math.min(0.25 * job.communicationS, 0.3), 1e-12);
  assert.deepEqual(
    ['computeS', 'communicationBytes', 'overlapRatio'].filter(field => job.assumed.includes(field)),
    [],
  );
  const silent = jobOf(16, { ...measured, communicationBytes: 0, class: 'prefill' });
  assert.ok(silent.communicationS < 1e-4 && silent.waitsFor === 'compute');
});

test('spread apart a job is slower, and the answer says how much', () => {
  const job = { computeS: 0.05, communicationBytes: 20e9, overlapRatio: 0 };
  const packed = jobOf(8, job);
  const apart = jobOf(8, job, { spread: 'spread', perHost: 2 });
  assert.equal(packed.hostBytesPerS, null);
  near(packed.slowdown, 1, 1e-9);
  assert.ok(apart.slowdown > 1.5 && apart.waitsFor === 'network', JSON.stringify(apart));
  near(apart.iterationS / packed.iterationS, apart.slowdown, 1e-9);
});

test('storage and processors hold a step up, and stolen processors more', () => {
  assert.equal(
    jobOf(16, { computeS: 0.1, communicationBytes: 0, storageBytes: 50e9 }).waitsFor,
    'storage',
  );
  const alone = jobOf(16, { computeS: 0.1, preprocessS: 9 });
  assert.equal(alone.waitsFor, 'preprocess');
  for (const host of ['k1-n1', 'k1-n2', 'k2-n1', 'k2-n2']) site.write('cpuStealRatio', host, 0.25);
  site.tick();
  const stolen = jobOf(16, { computeS: 0.1, preprocessS: 9 });
  near(stolen.iterationS - stolen.exposedS, (alone.iterationS - alone.exposedS) / 0.75, 1e-9);
});

test('failures: small jobs fail oftener than hosts tell, checkpoints cost what the formula says', () => {
  const job = jobOf(16);
  near(job.mttfH, 24_000 / (2 * job.failuresPer1000HostDays), 1e-9);
  assert.ok(job.likelyMttfH < job.mttfH);
  near(job.checkpointIntervalS, Math.sqrt(2 * 30 * job.likelyMttfH * 3600), 1e-9);
  assert.ok(job.ettrRatio > 0.98 && job.ettrRatio < 1);
  assert.ok(jobOf(32).mttfH < job.mttfH);
  const slow = jobOf(16, { checkpointWriteS: 300, restartS: 3600 });
  assert.ok(slow.ettrRatio < job.ettrRatio);
});

test('hints that do not fit the GPUs are refused by name; what is not placed has no job', () => {
  const answer = askWhatIf(site.twin, {
    kind: 'WhatIf',
    place: { gpus: 16, job: { tensorParallel: 3 } },
  });
  assert.ok(!answer.ok);
  assert.deepEqual(answer.problems[0].path, ['place', 'job', 'tensorParallel']);
  assert.equal(answer.problems[0].message, '3 does not divide 16 GPUs');
  const unknown = askWhatIf(site.twin, { kind: 'WhatIf', place: { gpus: 8, job: { size: 1 } } });
  assert.ok(!unknown.ok);
  assert.deepEqual(unknown.problems[0].path, ['place', 'job', 'size']);
  assert.equal(ask({ gpus: 1000 }).job, null);
});

test('only hints are a mistake of who asks: what breaks in the model is thrown', () => {
  const { topology, state } = site.twin;
  const gpu = topology.classes.find(({ id }) => id === 'h100-sxm5-80gb');
  assert.ok(gpu);
  const host = topology.indexOf('k1-n1');
  const placed = { state, gpu, parts: [{ host, gpus: 8 }] };
  assert.ok('misfit' in jobAnswer(placed, { tensorParallel: 3 }));
  assert.throws(() => jobAnswer(placed, { computeS: -1 }), RangeError);
});
