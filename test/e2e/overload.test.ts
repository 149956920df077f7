/** Under overload input is given up by class, counted, and senders are told when to come again. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { startSmallService } from '../support/small-service.ts';

const page = (util: number) =>
  Buffer.from(
    [
      `DCGM_FI_DEV_GPU_TEMP{Hostname="r1-k1-n1",gpu="0",UUID="GPU-1"} ${util}`,
      `DCGM_FI_DEV_SM_CLOCK{Hostname="r1-k1-n1",gpu="0",UUID="GPU-1"} ${1000 + util}`,
      `DCGM_FI_DEV_MEM_COPY_UTIL{Hostname="r1-k1-n1",gpu="0",UUID="GPU-1"} ${util}`,
      '',
    ].join('\n'),
  );

test('informational goes first, then operational, then remote-write; limits are always judged', async t => {
  let lagMs = 0;
  const site = await startSmallService({ lagMs: () => lagMs });
  t.after(() => site.stop());
  const { service, clock, get, post } = site;
  /** Which of the three signals a scrape still brings in: limit, operational, informational. */
  const taken = async (value: number) => {
    clock.nowMs += 5000;
    service.ingest.port.page({ id: 'dcgm', labels: {} }, page(value), clock.nowMs);
    service.live.tick();
    const answer = await (await get('/api/v1/state/r1-k1-n1%2Fgpu0')).json();
    const { signals } = answer as { signals: Record<string, { ageS?: number }> };
    return ['gpuTempC', 'smClockHz', 'memCopyUtilRatio'].map(id => signals[id].ageS === 0);
  };
  const write = () => post('/api/v1/write', 'x', { 'content-type': 'application/x-protobuf' });
  const at = (lag: number) => {
    lagMs = lag;
    service.overload.round();
  };
  assert.deepEqual(await taken(40), [true, true, true]);
  at(250);
  assert.deepEqual(await taken(41), [true, true, false]);
  at(600);
  assert.deepEqual(await taken(42), [true, false, false]);
  assert.notEqual((await write()).status, 429);
  at(2000);
  assert.deepEqual(await taken(43), [true, false, false]);
  const refused = await write();
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);

  const { overload } = (await (await get('/api/v1/status')).json()) as {
    overload: { level: number; lagMs: number; shedSamples: number };
  };
  assert.deepEqual(overload, { level: 3, lagMs: 2000, shedSamples: 5 });
  const metrics = await (await get('/metrics')).text();
  assert.match(metrics, /^orrery_overload_level 3$/m);
  assert.match(metrics, /^orrery_ingest_dropped_total\{reason="shed"\} 5$/m);
  assert.match(metrics, /^orrery_overload_entered_total\{level="3"\} 1$/m);

  for (let n = 0; n < 15; n++) at(1);
  assert.notEqual((await write()).status, 429);
  assert.deepEqual(await taken(44), [true, true, true]);
});
