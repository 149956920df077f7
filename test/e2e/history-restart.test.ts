/** What was written can be asked for by PromQL, and still after the service was killed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { stringify } from 'yaml';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1 } from '../../server/remote-write/write-encoder.ts';
import { startService } from '../support/orrery-cli.ts';
import { smallInventory } from '../support/small-service.ts';

const HEADERS = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
const STEP_S = 15;
const COUNT = 40;

interface Matrix {
  readonly status: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [number, string])[];
    }[];
  };
}

async function send(url: string, samples: readonly { value: number; atMs: number }[]) {
  const labels: [string, string][] = [
    ['Hostname', 'r1-k1-n1'],
    ['__name__', 'DCGM_FI_DEV_POWER_USAGE'],
    ['gpu', '0'],
  ];
  const body = encodeSnappy(encodeWriteV1([{ labels, samples: [...samples] }]));
  const { status } = await fetch(`${url}/api/v1/write`, { method: 'POST', headers: HEADERS, body });
  assert.equal(status, 204);
}

async function pastPower(url: string, fromS: number): Promise<Matrix['data']['result']> {
  const query = new URLSearchParams({
    query: 'orrery_gpu_power_watts{gpu="r1-k1-n1/gpu0"}',
    start: String(fromS),
    end: String(fromS + STEP_S * (COUNT - 1)),
    step: String(STEP_S),
  });
  const answer = (await (await fetch(`${url}/prom/api/v1/query_range?${query}`)).json()) as Matrix;
  assert.equal(answer.status, 'success');
  return answer.data.result;
}

test('PromQL reads what was written, before and after a crash', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'orrery-past-'));
  const inventory = join(dir, 'inventory.yaml');
  writeFileSync(inventory, stringify(smallInventory()));
  const args = ['--inventory', inventory, '--data-dir', join(dir, 'data')];
  const fromS = Math.floor(Date.now() / 1000) - STEP_S * COUNT;
  const samples = Array.from({ length: COUNT }, (_, i) => ({
    value: 300 + i,
    atMs: 1000 * (fromS + STEP_S * i),
  }));
  let service = await startService(args);
  try {
    await send(service.url, samples.slice(0, COUNT - 5));
    await send(service.url, samples.slice(COUNT - 5));
    // Late: the history has it, the state does not.
    await send(service.url, [{ value: 299, atMs: 1000 * (fromS - STEP_S) }]);
    const expected = samples.map(({ value, atMs }) => [atMs / 1000, String(value)]);
    const [before] = await pastPower(service.url, fromS);
    assert.deepEqual(before.values, expected);
    assert.equal(before.metric.rack, 'r1-k1');
    await service.end('SIGKILL');
    service = await startService(args);
    const [again] = await pastPower(service.url, fromS);
    assert.deepEqual(again.values, expected);
    const [early] = await pastPower(service.url, fromS - STEP_S);
    assert.deepEqual(early.values[0], [fromS - STEP_S, '299']);
    const at = new Date(1000 * fromS).toISOString();
    const history = await fetch(
      `${service.url}/api/v1/history?entity=r1-k1-n1/gpu0&signal=powerW&from=${at}`,
    );
    assert.equal(history.status, 200, await history.text());
  } finally {
    await service.end('SIGKILL').catch(() => {});
    rmSync(dir, { recursive: true, force: true });
  }
});
