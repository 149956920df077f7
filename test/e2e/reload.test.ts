/** A new inventory at run time, by REST and by SIGHUP: a new generation, and nothing lost. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDir, until } from '../support/outside-process.ts';
import { smallInventory, startSmallService } from '../support/small-service.ts';

const PAGE = 'DCGM_FI_DEV_GPU_TEMP{Hostname="r1-k1-n1",gpu="0",UUID="GPU-1"} ';

test('by REST: values, history and series stay, new things are there, names join anew', async t => {
  const site = await startSmallService();
  t.after(() => site.stop());
  const { service, clock, get, post } = site;
  const scrape = (value: number) => {
    clock.nowMs += 5000;
    const page = Buffer.from(`${PAGE}${value}\n`);
    service.ingest.port.page({ id: 'dcgm', labels: {} }, page, clock.nowMs);
    service.live.tick();
  };
  const shown = async (id: string, signal: string) => {
    const answer = await (await get(`/api/v1/state/${id}`)).json();
    return (answer as { signals: Record<string, { value: unknown }> }).signals[signal].value;
  };
  site.power('r1-k1-n1', 5000);
  scrape(60);
  service.history.sample(clock.nowMs, () => 42);
  const indexOf = (id: string) => service.live.twin.topology.indexOf(id);
  const before = indexOf('r1-k1-n1/gpu0');

  const answer = await post('/api/v1/inventory', JSON.stringify(smallInventory(3)));
  assert.equal(answer.status, 200);
  assert.equal(((await answer.json()) as { generation: number }).generation, 2);
  assert.notEqual(indexOf('r1-k1-n1/gpu0'), before, 'dense indices moved');
  assert.equal(await shown('r1-k1-n1/gpu0', 'gpuTempC'), 60, 'values came along');
  assert.equal(await shown('r1-k1-n1', 'powerW'), 5000, 'derived ones are there at once');
  const third = await (await get('/api/v1/entities/r1-k3-n1')).json();
  assert.equal((third as { kind: string }).kind, 'host');
  const history = await (await get('/api/v1/history?entity=s1&signal=powerW')).json();
  const points = (history as { points: [number, number | null][] }).points;
  assert.ok(points.some(([, value]) => value === 42));

  scrape(61);
  assert.equal(await shown('r1-k1-n1/gpu0', 'gpuTempC'), 61, 'the series leads to the new index');
  const cursor = await get('/api/v1/entities?limit=1&cursor=1.1');
  assert.equal(cursor.status, 410);
});

test('a bad inventory is refused field by field, and changes nothing', async t => {
  const site = await startSmallService();
  t.after(() => site.stop());
  const { service, post, get } = site;
  const bad = structuredClone(smallInventory()) as unknown as Record<string, never>;
  const [row] = (bad as unknown as ReturnType<typeof smallInventory>).site.halls[0].rows;
  Object.assign(row.racks[0], { class: 'rack-of-gold', colour: 'red' });
  const answer = await post('/api/v1/inventory', JSON.stringify(bad));
  assert.equal(answer.status, 422);
  const problem = (await answer.json()) as { errors: { path: string; message: string }[] };
  assert.ok(
    problem.errors.some(({ path }) => path.startsWith('site.halls[0].rows[0].racks[0]')),
    JSON.stringify(problem),
  );
  assert.equal(service.live.twin.topology.generation, 1);
  assert.equal((await get('/api/v1/entities/r1-k2')).status, 200);
});

test('by SIGHUP: the file is read again; a broken one is reported and ends nothing', async t => {
  const dir = await temporaryDir('reload');
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'inventory.yaml');
  const save = (text: string) => writeFileSync(file, text);
  save(JSON.stringify(smallInventory(2)));
  const bin = fileURLToPath(new URL('../../bin/orrery.js', import.meta.url));
  const child = spawn(process.execPath, [bin, 'serve', '--inventory', file, '--port', '0']);
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  await until('the service', 20_000, async () => /Orrery at http/.test(log));
  const [, url] = /Orrery at (http\S+)/.exec(log) ?? [];
  const status = async () =>
    (await (await fetch(`${url}/api/v1/status`)).json()) as {
      generation: number;
      counts: { entities: { rack: number } };
    };
  const hangUp = () => child.kill('SIGHUP');
  assert.equal((await status()).generation, 1);

  save(JSON.stringify(smallInventory(3)));
  hangUp();
  await until('generation 2', 10_000, async () => (await status()).generation === 2);
  assert.equal((await status()).counts.entities.rack, 3);

  save('apiVersion: orrery/v1\nkind: Inventory\nsite: [');
  hangUp();
  await until('the report', 10_000, async () => /inventory not taken/.test(log));
  assert.equal((await status()).generation, 2);

  child.kill('SIGTERM');
  const code = await new Promise(resolve => child.once('exit', resolve));
  assert.equal(code, 0, log);
});
