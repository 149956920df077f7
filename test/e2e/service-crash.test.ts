/**
 * The service itself is killed (SIGKILL) again and again while senders write to it: whatever it has
 * acknowledged is there when it is back, and nothing that was never sent.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1, type SeriesToWrite } from '../../server/remote-write/write-encoder.ts';
import { type Service, startService } from '../support/orrery-cli.ts';
import { smallInventory } from '../support/small-service.ts';

const KILLS = 8;
const HOSTS = ['r1-k1-n1', 'r1-k1-n2'];
const GPUS = 8;
const HEADERS = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };

/** One sender: its host's GPUs, each value greater than the last. */
class Sender {
  readonly host: string;
  sent = 0;
  acknowledged = 0;
  constructor(host: string) {
    this.host = host;
  }

  async send(url: string): Promise<void> {
    const n = ++this.sent;
    const atMs = Date.now();
    const series = Array.from({ length: GPUS }, (_, gpu) => sample(this.host, gpu, n, atMs));
    const response = await fetch(`${url}/api/v1/write`, {
      method: 'POST',
      headers: HEADERS,
      body: encodeSnappy(encodeWriteV1(series)),
    });
    assert.equal(response.status, 204, await response.text());
    this.acknowledged = n;
  }
}

const STEP_W = 1 / 1024;
const FIRST_W = 100;

const sample = (host: string, gpu: number, n: number, atMs: number): SeriesToWrite => ({
  labels: [
    ['Hostname', host],
    ['__name__', 'DCGM_FI_DEV_POWER_USAGE'],
    ['gpu', String(gpu)],
  ],
  samples: [{ value: FIRST_W + n * STEP_W, atMs }],
});

/** Number of the request that the model's value is of; 0 while it has none. */
async function numberOf(url: string, host: string, gpu: number): Promise<number> {
  const response = await fetch(`${url}/api/v1/state/${host}/gpu${gpu}`);
  const { signals } = (await response.json()) as {
    signals: Record<string, { value: number | null }>;
  };
  const powerW = signals.gpuPowerW.value;
  return powerW === null ? 0 : (powerW - FIRST_W) / STEP_W;
}

test('nothing acknowledged is lost when the service is killed at any moment', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'orrery-crash-'));
  const inventory = join(dir, 'inventory.yaml');
  writeFileSync(inventory, stringify(smallInventory()));
  const args = ['--inventory', inventory, '--data-dir', join(dir, 'data'), '--port', '0'];
  const senders = HOSTS.map(host => new Sender(host));
  let service: Service | undefined;
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      service = await startService(args);
      const { url } = service;
      for (const { host, acknowledged, sent } of senders) {
        for (let gpu = 0; gpu < GPUS; gpu++) {
          const n = await numberOf(url, host, gpu);
          assert.ok(n >= acknowledged, `${host} gpu${gpu}: ${n} of ${acknowledged} acknowledged`);
          assert.ok(n <= sent && Number.isInteger(n), `${host} gpu${gpu}: ${n} was never sent`);
        }
      }
      const isKilled = { yet: false };
      const work = senders.map(async sender => {
        while (!isKilled.yet) {
          const outcome = await sender.send(url).catch((error: unknown) => error);
          if (outcome instanceof assert.AssertionError) throw outcome;
        }
      });
      await delay(40 + 37 * kill);
      const ended = service.end('SIGKILL');
      isKilled.yet = true;
      await Promise.all([ended, ...work]);
    }
    assert.ok(senders.every(({ acknowledged }) => acknowledged > KILLS));
  } finally {
    await service?.end('SIGKILL').catch(() => {});
    rmSync(dir, { recursive: true, force: true });
  }
});
