import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  afterFailure,
  backoffMs,
  CLOSED,
  DEFAULT_BACKOFF,
} from '../../server/ingest/bmc/breaker.ts';
import {
  type BmcJob,
  createBmcSchedule,
  type PollMode,
  type PollOutcome,
} from '../../server/ingest/bmc/schedule.ts';
import { type FakeTimers, fakeTimers } from '../support/fake-timers.ts';

interface Watched extends BmcJob {
  readonly starts: number[];
  readonly modes: PollMode[];
  most: number;
}

/** A BMC whose polls take `tookMs`, or never end, and have this outcome. */
function bmc(
  timers: FakeTimers,
  id: string,
  tookMs: number,
  outcome: () => PollOutcome = () => ({ result: 'ok' }),
): Watched {
  let now = 0;
  const job: Watched = {
    ...{ id, intervalMs: 1_000, budgetMs: 10_000, starts: [], modes: [], most: 0 },
    poll(signal, mode) {
      job.starts.push(timers.now());
      job.modes.push(mode);
      job.most = Math.max(job.most, ++now);
      return new Promise(resolve => {
        const end = (result: PollOutcome) => {
          now--;
          resolve(result);
        };
        if (Number.isFinite(tookMs)) timers.after(tookMs, () => end(outcome()));
        signal.addEventListener('abort', () => end({ result: 'failed' }));
      });
    },
  };
  return job;
}

const gaps = (starts: readonly number[]) => starts.slice(1).map((at, i) => at - starts[i]);

test('a BMC is polled once a second', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers });
  const job = bmc(timers, 'a', 50);
  schedule.add(job);
  await timers.wind(10_000);
  assert.deepEqual([...new Set(gaps(job.starts))], [1_000]);
  assert.equal(schedule.status('a')?.rateHz, 1);
});

test('a wanted interval below a second is not granted without a boost', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers });
  const job = { ...bmc(timers, 'a', 0), intervalMs: 10 };
  schedule.add(job);
  await timers.wind(5_000);
  assert.equal(job.starts.length, 6);
});

test('a boost polls at 5 Hz for its time and then no more', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers });
  const job = bmc(timers, 'a', 10);
  schedule.add(job);
  await timers.wind(2_500);
  assert.equal(schedule.boost('a', 2), true);
  await timers.wind(2_000);
  const boosted = job.starts.filter(at => at >= 2_500 && at < 4_500);
  assert.equal(boosted.length, 10);
  assert.ok(job.modes.includes('boost'));
  await timers.wind(10_000);
  assert.deepEqual([...new Set(gaps(job.starts.filter(at => at > 5_600)))], [1_000]);
  assert.equal(schedule.boost('unknown', 1), false);
});

test('a boost is bounded to ten minutes', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers });
  schedule.add(bmc(timers, 'a', 10));
  await timers.wind(100);
  schedule.boost('a', 1e9);
  await timers.wind(601_000);
  assert.equal(schedule.status('a')?.boosted, false);
});

test('10 Hz is never exceeded and a BMC has one poll at a time, whatever is asked', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 3 })), {
        maxLength: 30,
      }),
      fc.integer({ min: 0, max: 1_500 }),
      async (boosts, tookMs) => {
        const timers = fakeTimers();
        const schedule = createBmcSchedule({ timers });
        const job = bmc(timers, 'a', tookMs);
        schedule.add(job);
        for (const [waitMs, forS] of boosts) {
          schedule.boost('a', forS);
          await timers.wind(waitMs);
        }
        await timers.wind(2_000);
        assert.ok(gaps(job.starts).every(gap => gap >= 100));
        assert.equal(job.most, 1);
      },
    ),
    { numRuns: 50 },
  );
});

test('a poll that takes long is followed by as long a rest', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers });
  const job = bmc(timers, 'a', 4_000);
  schedule.add(job);
  await timers.wind(30_000);
  assert.deepEqual([...new Set(gaps(job.starts))], [8_000]);
});

test('BMCs that hang do not delay one that answers', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers, concurrency: 8 });
  const good = bmc(timers, 'good', 20);
  schedule.add(good);
  await timers.wind(1_500);
  for (let i = 0; i < 200; i++) schedule.add(bmc(timers, `hung-${i}`, Infinity));
  await timers.wind(120_000);
  assert.deepEqual([...new Set(gaps(good.starts))], [1_000]);
  assert.ok(schedule.inFlight <= 8);
});

test('polls under way are bounded over all BMCs', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers, concurrency: 4 });
  let most = 0;
  for (let i = 0; i < 50; i++) {
    const job = bmc(timers, `b${i}`, 300);
    schedule.add({
      ...job,
      poll: (signal, mode) => {
        const done = job.poll(signal, mode);
        most = Math.max(most, schedule.inFlight);
        return done;
      },
    });
  }
  await timers.wind(20_000);
  assert.equal(most, 4);
});

test('the breaker opens after three failures, probes, and closes on the first answer', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers });
  let isUp = false;
  const job = bmc(timers, 'a', 10, () => ({ result: isUp ? 'ok' : 'failed' }));
  schedule.add(job);
  await timers.wind(12_000);
  assert.equal(schedule.status('a')?.breaker.state, 'open');
  const pollsWhenOpen = job.starts.length;
  assert.equal(pollsWhenOpen, 3);
  await timers.wind(600_000);
  assert.ok(job.modes.slice(3).every(mode => mode === 'probe'));
  const waits = gaps(job.starts);
  assert.ok(waits.at(-1)! > waits[0], 'waits grow');
  assert.ok(waits.every(wait => wait <= 1.25 * DEFAULT_BACKOFF.maxMs + 20));
  isUp = true;
  await timers.wind(400_000);
  assert.equal(schedule.status('a')?.breaker.state, 'closed');
  assert.equal(job.modes.at(-1), 'normal');
});

test('a poll that ignores its budget loses its place but is not started twice', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers, concurrency: 1 });
  let starts = 0;
  const deaf: BmcJob = {
    ...{ id: 'deaf', intervalMs: 1_000, budgetMs: 2_000 },
    poll: () => {
      starts++;
      return new Promise(() => {});
    },
  };
  schedule.add(deaf);
  await timers.wind(500);
  const other = bmc(timers, 'other', 10);
  schedule.add(other);
  await timers.wind(2_000);
  assert.equal(other.starts.length, 0);
  await timers.wind(60_000);
  assert.ok(other.starts.length > 50);
  assert.equal(starts, 1);
  assert.equal(schedule.status('deaf')?.overruns, 1);
});

test('a poll that throws counts as a failure', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers });
  schedule.add({
    ...{ id: 'a', intervalMs: 1_000, budgetMs: 1_000 },
    poll: () => Promise.reject(new Error('broken')),
  });
  await timers.wind(100);
  assert.equal(schedule.status('a')?.breaker.failures, 1);
});

test('removing aborts the poll under way and polls no more', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers });
  const job = bmc(timers, 'a', Infinity);
  schedule.add(job);
  await timers.wind(100);
  await schedule.remove('a');
  await timers.wind(60_000);
  assert.equal(job.starts.length, 1);
  assert.equal(schedule.inFlight, 0);
  assert.equal(schedule.status('a'), undefined);
  schedule.add(bmc(timers, 'a', 10));
  assert.throws(() => schedule.add(bmc(timers, 'a', 10)), /already scheduled/);
});

test('an outcome may ask for a longer wait, as after a refused login', async () => {
  const timers = fakeTimers();
  const schedule = createBmcSchedule({ timers });
  const job = bmc(timers, 'a', 0, () => ({ result: 'failed', waitMs: 300_000 }));
  schedule.add(job);
  await timers.wind(299_000);
  assert.equal(job.starts.length, 1);
});

test('back-off doubles to its maximum, the same for the same BMC, spread between BMCs', () => {
  const waits = [1, 2, 3, 20].map(n => backoffMs(DEFAULT_BACKOFF, 'a', n));
  assert.deepEqual(
    waits,
    [1, 2, 3, 20].map(n => backoffMs(DEFAULT_BACKOFF, 'a', n)),
  );
  const bounds = [2_000, 4_000, 8_000, 300_000];
  for (const [i, wait] of waits.entries())
    assert.ok(wait >= 0.75 * bounds[i] && wait <= 1.25 * bounds[i]);
  const spread = new Set(
    Array.from({ length: 50 }, (_, i) => backoffMs(DEFAULT_BACKOFF, `b${i}`, 1)),
  );
  assert.ok(spread.size > 45);
  assert.equal(afterFailure(CLOSED, DEFAULT_BACKOFF, 'a', 0).state, 'closed');
});
