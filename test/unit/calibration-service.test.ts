import assert from 'node:assert/strict';
import test from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { openApi } from '../../server/api/openapi.ts';
import { type CalibrationService, startCalibration } from '../../server/calibration/calibration.ts';
import { calibrationConfig } from '../../server/calibration/config.ts';
import { registerCalibrationMetrics } from '../../server/calibration/metrics.ts';
import { calibrationRoutes } from '../../server/calibration/routes.ts';
import { createLiveTwin, type LiveTwin } from '../../server/live-twin.ts';
import { createLearned, type Learned } from '../../server/recovery/learned.ts';
import type { Service } from '../../server/service.ts';
import { KIND_INDEX, signalIndex } from '../../twin/index.ts';
import { seededRandom } from '../../twin/physics/random.ts';
import { START_MS, smallInventory, smallTopology } from '../support/small-service.ts';

const log = pino({ level: 'silent' });
const HOST = 'r1-k1-n1';

function liveSite() {
  const clock = { nowMs: START_MS, now: () => clock.nowMs, speed: 1 };
  const live = createLiveTwin(smallTopology(), clock);
  const random = seededRandom(5);
  /** New values of every host and GPU, and a tick. */
  const next = () => {
    clock.nowMs += 30_000;
    const { topology, state } = live.twin;
    const write = (signal: string, entity: number, value: number) =>
      live.write(state.ensureCell(signalIndex(signal), entity), entity, value, clock.nowMs);
    const { kindStart, childStart, childList, kind } = topology;
    for (let host = kindStart[KIND_INDEX.host]; host < kindStart[KIND_INDEX.host + 1]; host++) {
      const gpuW = 100 + 500 * random();
      for (let c = childStart[host]; c < childStart[host + 1]; c++) {
        if (kind[childList[c]] === KIND_INDEX.gpu) write('gpuPowerW', childList[c], gpuW);
      }
      const cpu = random();
      write('cpuUtilRatio', host, cpu);
      write('bmcPowerW', host, 1500 + 1.1 * 8 * gpuW + 600 * cpu + 40 * (random() - 0.5));
    }
    live.tick();
  };
  return { live, clock, next };
}

/** With no time between rounds: tests make them. */
const CONFIG = calibrationConfig.parse({ everyS: 3600 });

function ask(path: string, query: object, service: object): never {
  const found = calibrationRoutes.find(row => row.path === path);
  assert.ok(found, path);
  const input = { query: found.query ? found.query.parse(query) : {} };
  const answer = found.handle(input as never, service as Service);
  // What is sent must be what the schema promises, and JSON.
  return found.answer.parse(JSON.parse(JSON.stringify(answer))) as never;
}

async function calibrated(live: LiveTwin, next: () => void, rounds: number, learned?: Learned) {
  const calibration = startCalibration({ live, config: CONFIG, log, learned });
  for (let k = 0; k < rounds; k++) {
    next();
    await calibration.round();
  }
  return calibration;
}

interface Parameters {
  readonly items: readonly {
    readonly model: string;
    readonly updates: number;
    readonly lastChangedAt: string;
    readonly parameters: readonly { id: string; value: number; sd: number }[];
  }[];
}

test('parameters, their deviations and the date of the last change are asked by entity', async () => {
  const { live, clock, next } = liveSite();
  const calibration = await calibrated(live, next, 100);
  const service = { live, trust: { calibration } };
  const { items }: Parameters = ask('/api/v1/parameters', { entity: HOST }, service);
  const power = items.find(item => item.model === 'hostPower');
  assert.equal(power?.updates, 100);
  assert.equal(power?.lastChangedAt, new Date(clock.nowMs).toISOString());
  const gain = power?.parameters.find(({ id }) => id === 'gpuGainRatio');
  assert.ok(gain && Math.abs(gain.value - 1.1) < 5 * gain.sd && gain.sd < 0.01);
  assert.throws(() => ask('/api/v1/parameters', { entity: 'nobody' }, service), /nobody/);
  assert.throws(() => ask('/api/v1/parameters', { entity: HOST }, { live }), /does not calibrate/);
  await calibration.stop();
});

test('the board is asked whole or in part, and exported as metrics', async t => {
  const { live, next } = liveSite();
  const calibration = await calibrated(live, next, 60);
  const service = { live, trust: { calibration } };
  const all: { items: { kind: string; skillMean: number }[] } = ask(
    '/api/v1/fidelity',
    {},
    service,
  );
  assert.deepEqual([...new Set(all.items.map(item => item.kind))].sort(), [
    ...['hall', 'host', 'rack', 'row', 'site'],
  ]);
  const hosts: typeof all = ask('/api/v1/fidelity', { kind: 'host', signal: 'powerW' }, service);
  assert.ok(hosts.items.length >= 1 && hosts.items.every(item => item.kind === 'host'));
  assert.ok(hosts.items[0].skillMean > 0.9);
  assert.throws(() => ask('/api/v1/fidelity', { kind: 'hosts' }, service), /'hosts' is not a kind/);
  assert.throws(() => ask('/api/v1/fidelity', { signal: 'watts' }, service), /'watts'/);

  const registry = new Registry();
  registerCalibrationMetrics(registry, calibration);
  const scores = t.mock.method(calibration.board, 'scores');
  const page = await registry.metrics();
  assert.equal(scores.mock.callCount(), 1, 'once for all gauges of a page');
  await registry.metrics();
  assert.equal(scores.mock.callCount(), 2);
  assert.match(
    page,
    /orrery_fidelity_mape_ratio\{kind="site",signal="powerW",horizon="0s"\} 0\.00/,
  );
  assert.match(page, /orrery_calibration_samples_total\{model="hostPower",outcome="updated"\} 240/);
  assert.doesNotMatch(page, /orrery_(fidelity|calibration)[^\n]* NaN/);
  const state: { rounds: number; items: { classes: { machines: number }[] }[] } = ask(
    '/api/v1/calibration',
    {},
    service,
  );
  assert.equal(state.rounds, 60);
  assert.equal(state.items[0].classes[0].machines, 4);
  await calibration.stop();
});

test('what was learned is in the next snapshot; a damaged part of it costs only that', async () => {
  const { live, next } = liveSite();
  const updatesOf = (calibration: CalibrationService) => {
    const service = { live, trust: { calibration } };
    const { items }: Parameters = ask('/api/v1/parameters', { entity: HOST }, service);
    return items[0].updates;
  };
  const from = (bytes?: Uint8Array) =>
    createLearned(bytes ? [{ name: 'calibration', bytes }] : [], log);
  const none = from();
  const first = await calibrated(live, next, 50, none);
  await first.stop();
  const [{ bytes }] = await none.encoded();
  const second = await calibrated(live, next, 1, from(bytes));
  assert.equal(updatesOf(second), 51);
  assert.ok(second.board.scores()[0].count > 190);
  await second.stop();
  const third = await calibrated(live, next, 1, from(bytes.slice(0, 100)));
  assert.equal(updatesOf(third), 1);
  await third.stop();
});

test('a new generation keeps what was learned, also one that comes during a round', async () => {
  const { live, next } = liveSite();
  const calibration = await calibrated(live, next, 20);
  next();
  const running = calibration.round();
  const { inventory } = smallTopology(3);
  assert.deepEqual(JSON.parse(JSON.stringify(smallInventory(3))).site.id, inventory.site.id);
  live.reload(inventory);
  await running;
  next();
  await calibration.round();
  const { items }: Parameters = ask(
    '/api/v1/parameters',
    { entity: HOST },
    { live, trust: { calibration } },
  );
  assert.ok(items[0].updates >= 21, `${items[0].updates}`);
  assert.equal(calibration.lastRound.failures, 0);
  await calibration.stop();
});

test('the configuration has defaults, and names what it does not know', () => {
  assert.equal(calibrationConfig.parse({}).everyS, 30);
  const bad = calibrationConfig.safeParse({ models: ['hostPowr'] });
  assert.match(
    z.prettifyError(bad.error as z.ZodError),
    /'hostPowr' is not a model; there are host/,
  );
});

test('the routes are described', () => {
  const { paths } = openApi(calibrationRoutes);
  // doors that are no routes of ours are described with any
  const own = Object.keys(paths).filter(path => calibrationRoutes.some(row => row.path === path));
  assert.deepEqual(own, ['/api/v1/fidelity', '/api/v1/parameters', '/api/v1/calibration']);
});
