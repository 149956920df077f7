/**
 * The main job end to end, with real programs: what exporters and a BMC say arrives at the right
 * entities by every way in, what cannot be joined is listed, and a limit that is passed becomes an
 * alert in a real Alertmanager.
 */
import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Serving } from '../../server/serve.ts';
import { ADDRESSES, type Chain, PROGRAMS, startChain } from '../support/chain.ts';
import { dcgmPage, readGpus } from '../support/dcgm-pages.ts';
import { skipWithout, until } from '../support/outside-process.ts';
import { alertsIn, type Partner, startAlertmanager } from '../support/partner-servers.ts';

const skip = skipWithout(...PROGRAMS);
const WITHIN_MS = 20_000;

let chain: Chain;
let restarted: Partner | undefined;

async function get<T>(orrery: Serving, path: string): Promise<T> {
  const response = await fetch(`${orrery.url}${path}`);
  assert.equal(response.status, 200, path);
  return (await response.json()) as T;
}

interface Value {
  readonly value: number | null;
  readonly quality: string;
  readonly ageS?: number;
}

const readValue = async (orrery: Serving, entity: string, signal: string): Promise<Value> => {
  const path = `/api/v1/state/${encodeURIComponent(entity)}`;
  return (await get<{ signals: Record<string, Value> }>(orrery, path)).signals[signal];
};

interface AlertItem {
  readonly state: string;
  readonly value: number;
  readonly threshold: number;
}

const alertOf = async (limit: string, entity: string): Promise<AlertItem | undefined> => {
  const { items } = await get<{ items: (AlertItem & { limit: string })[] }>(
    chain.written,
    `/api/v1/alerts?entity=${encodeURIComponent(entity)}`,
  );
  return items.find(item => item.limit === limit);
};

/** Waits for a value, and says what stands there instead when it does not come. */
async function reaches(orrery: Serving, entity: string, signal: string, value: number) {
  const endMs = Date.now() + WITHIN_MS;
  let last = await readValue(orrery, entity, signal);
  while (last.value !== value && Date.now() < endMs) {
    await sleep(100);
    last = await readValue(orrery, entity, signal);
  }
  assert.equal(last.value, value, `${entity} ${signal} at ${orrery.url}`);
}

const hasAlert = async (at: Partner, alertname: string, entity: string) =>
  (await alertsIn(at)).find(
    ({ labels }) => labels.alertname === alertname && labels.entity === entity,
  );

// each step stands on the one before
describe('the chain', { skip }, () => {
  before(async () => {
    chain = await startChain();
  });
  after(async () => {
    await chain?.stop();
    await restarted?.stop();
  });

  test('Prometheus finds every exporter through Orrery', async () => {
    const up = async () =>
      (await chain.prometheus.query('up == 1')).map(
        ({ metric }) => `${metric.job} ${metric.host ?? 'unknown'}`,
      );
    const wanted = ['dcgm gpu-a', 'dcgm gpu-b', 'dcgm unknown', 'ipmi gpu-a', 'node gpu-a'];
    await until(`targets ${wanted}`, WITHIN_MS, async () => {
      const found = new Set(await up());
      return wanted.every(target => found.has(target));
    });
    const [target] = await chain.prometheus.query('up{job="ipmi"}');
    assert.equal(target.metric.rack, 'k1');
    assert.equal(target.metric.row, 'w1');
  });

  for (const host of ['gpu-a', 'gpu-b'] as const) {
    test(`power and temperature of every GPU of ${host} are those of its page`, async () => {
      const gpus = readGpus(chain.dcgm.pageAt(ADDRESSES[host]));
      assert.equal(gpus.size, 8);
      for (const [gpu, { powerW, tempC }] of gpus) {
        // Prometheus sends in several queues: what stands together in a page need not come so.
        await reaches(chain.written, `${host}/gpu${gpu}`, 'gpuPowerW', powerW);
        await reaches(chain.written, `${host}/gpu${gpu}`, 'gpuTempC', tempC);
        const power = await readValue(chain.written, `${host}/gpu${gpu}`, 'gpuPowerW');
        assert.equal(power.quality, 'measured');
      }
    });
  }

  test('what node_exporter and the BMC say is on the host', async () => {
    await reaches(chain.written, 'gpu-a', 'inletTempC', 24);
    await reaches(chain.written, 'gpu-a/fan0', 'fanSpeedRpm', 8400);
    await reaches(chain.written, 'gpu-a/psu0', 'psuInputPowerW', 1300);
    await reaches(chain.written, 'gpu-a', 'poweredOnFlag', 1);
    const memory = () => readValue(chain.written, 'gpu-a', 'memTotalBytes');
    await until('the memory', WITHIN_MS, async () => typeof (await memory()).value === 'number');
    const { value: bytes } = await memory();
    assert.ok(Math.abs((bytes ?? 0) / totalmem() - 1) < 0.01, `${bytes} B`);
    // no exporter of this kind stands on the other host, and nobody makes a value up
    assert.equal((await readValue(chain.written, 'gpu-b', 'memTotalBytes')).quality, 'missing');
  });

  test('a change at the sensor of the BMC arrives', async () => {
    chain.bmc.set('inlet', 26);
    for (const orrery of [chain.written, chain.polled, chain.polledVictoria, chain.scraping]) {
      await reaches(orrery, 'gpu-a', 'inletTempC', 26);
    }
  });

  test('a host that no inventory has is listed with what may have been meant', async () => {
    const { items } = await get<{
      items: {
        identity: Record<string, string>;
        count: number;
        candidates: { id: string }[];
      }[];
    }>(chain.written, '/api/v1/unmatched?limit=1000');
    const stray = items.filter(item => item.identity.Hostname === 'gpu-aa');
    assert.ok(stray.length > 0 && stray.every(item => item.count > 0), JSON.stringify(items));
    assert.ok(stray.some(item => item.candidates[0]?.id.startsWith('gpu-a')));
    const others = items.filter(item => item.identity.Hostname !== 'gpu-aa');
    assert.deepEqual(others, [], 'everything else has found its entity');
  });

  test('each way in gives the same values', async () => {
    const cells = [
      ...['gpuPowerW', 'gpuTempC'].flatMap(signal =>
        ['gpu-a', 'gpu-b'].flatMap(host =>
          Array.from({ length: 8 }, (_, gpu) => [`${host}/gpu${gpu}`, signal] as const),
        ),
      ),
      ...['inletTempC', 'memTotalBytes', 'poweredOnFlag', 'bootTimeS'].map(
        signal => ['gpu-a', signal] as const,
      ),
    ];
    for (const [entity, signal] of cells) {
      const { value } = await readValue(chain.written, entity, signal);
      assert.ok(value !== null, `${entity} ${signal}`);
      for (const orrery of [chain.polled, chain.polledVictoria, chain.scraping]) {
        await reaches(orrery, entity, signal, value);
      }
    }
  });

  test('a limit that is passed waits, fires, stands in Alertmanager, and ends', async () => {
    chain.bmc.set('inlet', 41);
    const state = async () => (await alertOf('inletAllowable', 'gpu-a'))?.state;
    await until('the breach', WITHIN_MS, async () => (await state()) === 'pending');
    assert.deepEqual(
      await hasAlert(chain.alertmanager, 'OrreryInletAllowable', 'gpu-a'),
      undefined,
    );
    // ASHRAE's 35 C gives way to the 30 C of this host's own guide
    assert.equal((await alertOf('inletAllowable', 'gpu-a'))?.threshold, 30);
    assert.equal((await alertOf('inletAllowable', 'gpu-a'))?.value, 41);

    chain.letAMinutePass();
    await until('the alert', WITHIN_MS, async () => (await state()) === 'firing');
    const found = () => hasAlert(chain.alertmanager, 'OrreryInletAllowable', 'gpu-a');
    await until('the alert in Alertmanager', WITHIN_MS, async () => (await found()) !== undefined);
    const { labels, annotations, status } = (await found()) ?? assert.fail();
    assert.equal(status.state, 'active');
    assert.equal(labels.severity, 'critical');
    assert.deepEqual([labels.site, labels.rack, labels.host], ['s1', 'k1', 'gpu-a']);
    assert.match(annotations.summary, /gpu-a is at 41 °C, above 30 °C/);
    assert.match(annotations.runbook_url, /#inlet-temperature$/);

    chain.bmc.set('inlet', 24);
    await until('the end', WITHIN_MS, async () => (await state()) === 'resolved');
    await until('the end in Alertmanager', WITHIN_MS, async () => (await found()) === undefined);
  });

  test('an alert that fires while Alertmanager is dead is delivered when it is back', async () => {
    await chain.alertmanager.stop();
    const address = ADDRESSES['gpu-a'];
    const gpus = [...readGpus(chain.dcgm.pageAt(address)).values()];
    chain.dcgm.set(address, dcgmPage('gpu-a', [{ ...gpus[0], tempC: 95 }, ...gpus.slice(1)]));
    const state = async () => (await alertOf('gpuTempSlowdown', 'gpu-a/gpu0'))?.state;
    await until('the alert', WITHIN_MS, async () => (await state()) === 'firing');
    const failed = /^orrery_alertmanager_failed_total\{.*\} (\d+)/m;
    const failures = async () => Number(failed.exec(await metrics(chain.written))?.[1] ?? 0);
    await until('a failed delivery', WITHIN_MS, async () => (await failures()) > 0);

    restarted = await startAlertmanager(chain.alertmanager.port);
    const back = restarted;
    await until('the alert in the new Alertmanager', WITHIN_MS, async () => {
      return (await hasAlert(back, 'OrreryGpuTempSlowdown', 'gpu-a/gpu0')) !== undefined;
    });
  });
});

const metrics = async ({ url }: Serving) => (await fetch(`${url}/metrics`)).text();
