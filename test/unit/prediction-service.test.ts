/** The service's predictions: jobs told and taken to go on, and what waits to be scored. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { pino } from 'pino';
import { createLiveTwin } from '../../server/live-twin.ts';
import { startPrediction } from '../../server/prediction/prediction.ts';
import { presentJobs } from '../../server/prediction/present-jobs.ts';
import { resolveSchedule, scheduleSchema } from '../../server/prediction/schedule.ts';
import { unready, untold } from '../../server/prediction/status.ts';
import { createLearned } from '../../server/recovery/learned.ts';
import { Board, KIND_INDEX, Pending, Predictor, signalIndex } from '../../twin/index.ts';
import { JobBook } from '../../twin/predict/job-book.ts';
import { predictedSite } from '../../twin/predict/site.ts';
import { smallTopology } from '../support/small-service.ts';

const topology = smallTopology();
const site = predictedSite(topology);
const START_MS = 1_700_000_000_000;
const at = (minutes: number) => new Date(START_MS + 60_000 * minutes).toISOString();

const told = (...jobs: object[]) => scheduleSchema.parse({ jobs });
const job = (name: string, more: object = {}) => ({
  ...{ job: name, startsAt: at(0), endsAt: at(60), hosts: ['r1-k1-n1'], ...more },
});

test('a schedule names hosts or GPUs of the site, and times in their order', () => {
  const { jobs, problems } = resolveSchedule(
    told(job('a', { class: 'training' }), job('b', { hosts: undefined, gpus: ['r1-k2-n1/gpu3'] })),
    topology,
  );
  assert.deepEqual(problems, []);
  assert.deepEqual([jobs[0].gpus.length, jobs[1].gpus.length], [8, 1]);
  assert.deepEqual([jobs[0].shape, jobs[0].kind, jobs[1].kind], ['a', 'training', 'other']);
  const wrong = resolveSchedule(told(job('a', { hosts: ['r1-k1-n1', 'nobody'] })), topology);
  assert.deepEqual(wrong.problems, [
    { path: ['jobs', 0, 'hosts', 1], message: "'nobody' is no host of this site" },
  ]);
  const refused = (...jobs: object[]) => {
    const parsed = scheduleSchema.safeParse({ jobs });
    assert.ok(!parsed.success);
    return `${parsed.error.issues[0].path.join('.')}: ${parsed.error.issues[0].message}`;
  };
  assert.equal(refused(job('a', { endsAt: at(-1) })), 'jobs.0.endsAt: it must end after it starts');
  assert.equal(refused(job('a', { hosts: undefined })), 'jobs.0.hosts: give hosts or gpus');
  assert.equal(refused(job('a'), job('a')), 'jobs: two jobs have one name');
  assert.match(refused(job('a', { startsAt: 'soon' })), /^jobs\.0\.startsAt: an RFC 3339 time/);
});

test('a job that is taken back before it begins holds nothing, and hides no other', () => {
  const book = new JobBook(site);
  const { jobs } = resolveSchedule(
    told(job('long', { endsAt: null }), job('next', { startsAt: at(10), endsAt: null })),
    topology,
  );
  book.take(jobs);
  const gpu = site.placeOf[jobs[0].gpus[0]];
  assert.equal(book.at(gpu, START_MS + 20 * 60_000)?.job.id, 'next');
  book.take([{ ...jobs[1], endMs: jobs[1].startMs }]);
  assert.equal(book.at(gpu, START_MS + 20 * 60_000)?.job.id, 'long');
});

test('without a schedule a host that works goes on, until it has rested for a while', () => {
  const present = presentJobs(site);
  const watts = new Float64Array(site.gpus.length).fill(75);
  watts.fill(500, 0, 8);
  const [first, ...others] = present.follow(watts, START_MS);
  assert.deepEqual([first.gpus.length, first.endMs, others.length], [8, null, 0]);
  assert.ok(first.startMs < START_MS - 600_000, 'it was at work before it was seen');
  assert.equal(topology.kind[first.gpus[0]], KIND_INDEX.gpu);
  watts.fill(500, 8, 16);
  const [second] = present.follow(watts, START_MS + 30_000);
  assert.equal(second.startMs, START_MS + 30_000);
  watts.fill(75, 0, 8);
  const over = Array.from({ length: 6 }, (_, n) => present.follow(watts, START_MS + 30_000 * n));
  assert.deepEqual(
    over.map(list => list.length),
    [0, 0, 0, 0, 0, 1],
  );
  assert.deepEqual([over[5][0].id, over[5][0].endMs], [first.id, START_MS + 150_000]);
  assert.deepEqual(
    present.end(START_MS).map(one => [one.id, one.endMs]),
    [[second.id, START_MS]],
  );
});

test('power and inlet of racks are taken as they are shown', () => {
  const predictor = new Predictor(topology, { isShown: true });
  const [rack, host, pdu] = ['r1-k1', 'r1-k1-n1', 'r1-k1-pdu-a'].map(id => topology.indexOf(id));
  const rows: [number, string, number][] = [
    [rack, 'powerW', 21_000],
    [rack, 'inletTempC', 27],
    [host, 'inletTempC', 22],
    [pdu, 'pduPowerW', 15_000],
  ];
  predictor.take({
    atMs: START_MS,
    entity: Int32Array.from(rows, ([entity]) => entity),
    signal: Int32Array.from(rows, ([, signal]) => signalIndex(signal)),
    value: Float64Array.from(rows, ([, , value]) => value),
  });
  const { rackPowerW, rackInletTempC } = predictor.predict(0);
  assert.equal(rackPowerW.find(({ entity }) => entity === rack)?.value, 21_000);
  assert.equal(rackInletTempC.find(({ entity }) => entity === rack)?.value, 27);
});

test('what is not told says why', () => {
  const record = { error: 0.062, persistence: 0.031, rounds: 20, isBad: true };
  assert.match(
    untold(record, true, '%') ?? '',
    /off by 6\.2 % on the mean, the last value by 3\.1 %/,
  );
  assert.match(untold({ ...record, error: 3, persistence: 2 }, true, 'K') ?? '', /3\.0 K.*2\.0 K/);
  assert.match(untold({ ...record, isBad: false }, false, '%') ?? '', /nothing was read/);
  assert.equal(untold({ ...record, isBad: false }, true, '%'), undefined);
  assert.match(unready(undefined, START_MS), /a minute from the start/);
  const made = new Predictor(topology);
  made.take({
    atMs: START_MS,
    ...{ entity: new Int32Array(0), signal: new Int32Array(0), value: new Float64Array(0) },
  });
  assert.equal(unready(made.predict(900_000), START_MS + 500_000), '');
  assert.match(unready(made.predict(900_000), START_MS + 900_000), /made 15 minutes ago/);
});

/** A service with readings of idle GPUs, whose first frame stops for breath at once. */
function idleSite() {
  let asked = 0;
  const now = () => {
    asked++;
    // a step of a frame is over after so much
    const startedMs = performance.now();
    while (performance.now() - startedMs < 4);
    return START_MS;
  };
  const live = createLiveTwin(topology, { now, speed: 1 });
  for (const gpu of site.gpus) {
    const cell = live.twin.state.ensureCell(signalIndex('gpuPowerW'), gpu);
    live.write(cell, gpu, 70 + (gpu % 9), START_MS - 1000);
  }
  live.tick();
  const log = pino({ level: 'silent' });
  const learned = createLearned([], log);
  const pending = new Pending(new Board({ halfLifeS: 86_400, blockS: 600 }));
  const service = startPrediction({ live, pending, log, learned, dataDir: undefined });
  asked = 0;
  const begun = async () => {
    while (asked < 2) await new Promise(resolve => setImmediate(resolve));
  };
  return { live, learned, pending, service, begun };
}

const ACTS: readonly (readonly [string, (on: ReturnType<typeof idleSite>) => void])[] = [
  ['a snapshot', () => {}],
  ['the end of the service', ({ service }) => service.stop()],
  ['another inventory', ({ live }) => live.reload(smallTopology(3).inventory)],
  ['a schedule', ({ service }) => service.tell(told(job('a', { startsAt: at(-60) })))],
];

for (const [what, act] of ACTS) {
  test(`${what} in the midst of a frame is as if it came after it`, async t => {
    const after = idleSite();
    after.service.frame();
    act(after);
    t.mock.timers.enable({ apis: ['setInterval'] });
    const midst = idleSite();
    t.mock.timers.tick(30_000);
    await midst.begun();
    assert.equal(midst.service.steps().rounds, 1);
    act(midst);
    const [[one], [other]] = [await after.learned.encoded(), await midst.learned.encoded()];
    assert.ok(one.bytes.length > 1000);
    assert.ok(Buffer.from(other.bytes).equals(one.bytes));
    for (const { service } of [after, midst]) service.stop();
  });
}

test('the last value beside a prediction is that of its frame, though newer ones come meanwhile', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { live, pending, service, begun } = idleSite();
  const { state } = live.twin;
  const [gpu] = site.gpus;
  const write = (tempC: number, atMs: number) =>
    live.write(state.ensureCell(signalIndex('gpuTempC'), gpu), gpu, tempC, atMs);
  write(40, START_MS - 500);
  const expected: Parameters<typeof pending.expect>[0][] = [];
  t.mock.method(pending, 'expect', (each: (typeof expected)[number]) => expected.push(each));
  t.mock.timers.tick(30_000);
  await begun();
  write(60, START_MS);
  service.frame();
  const lasts = expected
    .filter(({ signal }) => signal === 'gpuTempC')
    .map(({ entities, persistence }) => persistence[entities.indexOf(gpu)]);
  assert.deepEqual(lasts, [40, 40, 40]);
  service.stop();
});
