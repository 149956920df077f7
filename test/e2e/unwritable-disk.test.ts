/**
 * A disk that takes nothing: remote write is answered 503 with nothing lost, an alert says so, and
 * all is well again without a restart. The limit on file size stands in for a full disk.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { stringify } from 'yaml';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1 } from '../../server/remote-write/write-encoder.ts';
import { startService } from '../support/orrery-cli.ts';
import { skipWithout, until } from '../support/outside-process.ts';
import { smallInventory } from '../support/small-service.ts';

const HEADERS = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };

function send(url: string, value: number, atMs: number) {
  const labels: [string, string][] = [
    ['Hostname', 'r1-k1-n1'],
    ['__name__', 'DCGM_FI_DEV_GPU_TEMP'],
    ['gpu', '0'],
  ];
  const body = encodeSnappy(encodeWriteV1([{ labels, samples: [{ value, atMs }] }]));
  return fetch(`${url}/api/v1/write`, { method: 'POST', headers: HEADERS, body });
}

const ask = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

async function journalAlert(url: string): Promise<string | undefined> {
  const { items } = await ask<{ items: { limit: string; state: string }[] }>(
    `${url}/api/v1/alerts`,
  );
  return items.find(({ limit }) => limit === 'journalWritable')?.state;
}

const limitFiles = (pid: number, bytes: number | 'unlimited') =>
  execFileSync('prlimit', [`--pid=${pid}`, `--fsize=${bytes}:unlimited`]);

test('a disk that takes nothing: 503, an alert, and no restart', {
  skip: skipWithout('prlimit'),
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'orrery-full-'));
  const inventory = join(dir, 'inventory.yaml');
  writeFileSync(inventory, stringify(smallInventory()));
  const args = ['--inventory', inventory, '--data-dir', join(dir, 'data')];
  let service = await startService(args);
  try {
    const { url } = service;
    const pid = service.process.pid as number;
    const atMs = Date.now();
    assert.equal((await send(url, 40, atMs)).status, 204);
    limitFiles(pid, 1);
    const refused = await send(url, 41, atMs + 1000);
    assert.equal(refused.status, 503);
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
    assert.match(await refused.text(), /journal cannot be written: .*EFBIG/);
    await until('the alert', 10_000, async () => (await journalAlert(url)) === 'firing');
    assert.equal((await fetch(`${url}/livez`)).status, 200);
    assert.equal((await send(url, 41, atMs + 1000)).status, 503);
    const { items } = await ask<{ items: { state: string; lastError: string }[] }>(
      `${url}/api/v1/sources`,
    );
    assert.equal(items[0].state, 'degraded');
    assert.match(items[0].lastError, /^answered 503: the journal cannot be written: /);
    const page = await (await fetch(`${url}/metrics`)).text();
    assert.match(page, /^orrery_journal_failure 1$/m);
    limitFiles(pid, 'unlimited');
    // The sender comes again with the same sample, which is a duplicate by now.
    await until('the journal', 20_000, async () => {
      const { status } = await send(url, 41, atMs + 1000);
      return status === 204;
    });
    await until('the end of the alert', 20_000, async () => (await journalAlert(url)) !== 'firing');
    await service.end('SIGKILL');
    service = await startService(args);
    const { signals } = await ask<{ signals: Record<string, { value: number }> }>(
      `${service.url}/api/v1/state/r1-k1-n1/gpu0`,
    );
    assert.equal(signals.gpuTempC.value, 41);
  } finally {
    await service.end('SIGKILL').catch(() => {});
    rmSync(dir, { recursive: true, force: true });
  }
});
