/**
 * Remote-write requests that mean harm, or are broken past belief: each gets the answer that makes
 * its sender stop or come again, a counter tells of it, and the good sender beside it loses nothing.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { delimited, type SeriesToWrite, varint } from '../../server/remote-write/write-encoder.ts';
import {
  type Headers,
  type HostileSite,
  type Labels,
  MAX_BYTES,
  MAX_SERIES,
  openHostileSite,
  series,
  V1,
  V2,
  type Value,
  write1,
  write2,
} from '../support/hostile-site.ts';

describe('hostile requests', { timeout: 120_000 }, () => {
  let on: HostileSite;
  before(async () => {
    on = await openHostileSite();
  });
  after(() => on?.stop());

  const zeros = (bytes: number) => encodeSnappy(Buffer.alloc(bytes));
  const claims = (bytes: number) => Buffer.concat([varint(bytes), Buffer.from([0, 0])]);

  const BODIES: Readonly<Record<string, readonly [body: Buffer, status: number, why: RegExp]>> = {
    'a bomb that says what it is': [zeros(50_000_000), 413, /larger than 4000000 bytes when/],
    'a bomb of 2 GiB in six bytes': [claims(2 ** 31), 413, /larger than 4000000 bytes when/],
    'a block that claims more than it can hold': [claims(3_000_000), 400, /not a whole snappy/],
    'a bomb just within the limit': [zeros(3_900_000), 400, /malformed message/],
    'a body beyond the limit': [Buffer.alloc(MAX_BYTES + 1), 413, /body is larger than 4000000/],
    'nothing at all': [Buffer.alloc(0), 400, /not a whole snappy/],
    gzip: [Buffer.from(gzipSync('x')), 400, /not a whole snappy/],
    'a message of zeros': [encodeSnappy(Buffer.alloc(100)), 400, /malformed message/],
  };
  for (const [name, [body, status, why]] of Object.entries(BODIES)) {
    test(`bodies: ${name}`, async () => {
      const answeredBefore = await on.answered(status);
      const grown = await on.gained(async () => {
        const answer = await on.post(body);
        assert.equal(answer.status, status);
        assert.match(answer.text, why);
      });
      assert.equal(await on.answered(status), answeredBefore + 1);
      assert.deepEqual(grown, status === 400 ? { malformed: 1 } : {});
      await on.livesOn();
    });
  }

  const many = (count: number): Labels => Array.from({ length: count }, (_, i) => [`l${i}`, 'x']);
  const LABELS: Readonly<Record<string, readonly [labels: Labels, reason: string | undefined]>> = {
    '64k labels': [many(65_536), 'labelTooLong'],
    '1000 labels': [many(1000), 'tooManyLabels'],
    'a value of 1 MB': [[['a', 'x'.repeat(1_000_000)]], 'labelTooLong'],
    'a name of 10 kB': [[['x'.repeat(10_000), 'a']], 'labelTooLong'],
    'a name twice': [
      [
        ['a', '1'],
        ['a', '2'],
      ],
      'badLabels',
    ],
    'two metrics': [[['__name__', 'node_load5']], 'badLabels'],
    'a label without a name': [[['', '1']], 'badLabels'],
    'not in order': [
      [
        ['z', '1'],
        ['b', '1'],
        ['a', '1'],
      ],
      undefined,
    ],
    'what JavaScript finds special': [
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
      undefined,
    ],
    'bytes that are no UTF-8': [[['a', Buffer.from([0xff, 0xfe]).toString('latin1')]], undefined],
  };
  for (const [name, [labels, reason]] of Object.entries(LABELS)) {
    test(`labels: ${name}`, async () => {
      for (const [write, headers] of [
        [write1, V1],
        [write2, V2],
      ] as const) {
        const bad = series('node_memory_MemAvailable_bytes', labels, [1, on.nowMs]);
        const beside = series('node_memory_MemFree_bytes', [['v', name]], [7, on.nowMs]);
        const grown = await on.gained(async () => {
          const { status, text } = await on.post(write(bad, beside), headers);
          assert.equal(status, reason ? 400 : 204, text);
          if (reason) assert.match(text, new RegExp(`1 ${reason}|1 malformed`));
        });
        const { badLabels, labelTooLong, tooManyLabels, malformed } = grown;
        const refused = { badLabels, labelTooLong, tooManyLabels, malformed };
        const expected = headers === V2 && name === '64k labels' ? 'malformed' : reason;
        for (const [each, count] of Object.entries(refused)) {
          assert.equal(count, each === expected ? 1 : undefined, each);
        }
      }
      await on.livesOn();
    });
  }

  test('2.0: thousands of series that refer to one symbol of a megabyte', async () => {
    const symbols = ['', '__name__', 'x'.repeat(1_000_000), 'node_load1', 'a'];
    const sample = delimited(2, Buffer.concat([varint(2 << 3), varint(on.nowMs)]));
    const refer = (...references: number[]) =>
      delimited(5, Buffer.concat([delimited(1, Buffer.from(references)), sample]));
    const series = [refer(1, 2), refer(1, 3, 4, 2)].flatMap(one => Array(20_000).fill(one));
    const message = [...symbols.map(text => delimited(4, Buffer.from(text))), ...series];
    const startedMs = performance.now();
    const { status, text } = await on.post(encodeSnappy(Buffer.concat(message)), V2);
    assert.equal(status, 400);
    assert.match(text, /20000 labelTooLong; taken: 20000 samples/);
    assert.ok(performance.now() - startedMs < 10_000);
    await on.livesOn();
  });

  test('headers: wrong types, encodings and messages are 415; versions are for people', async () => {
    const body = write1(series('node_load1', [], [1, on.nowMs]));
    const wrong: Headers[] = [
      { ...V1, 'content-type': 'application/json' },
      { ...V1, 'content-type': 'application/x-protobuf;proto=prometheus.WriteRequestV9' },
      ...['gzip', 'zstd', 'deflate', 'snappy, gzip', 'br'].map(encoding => ({
        ...V1,
        'content-encoding': encoding,
      })),
    ];
    const grown = await on.gained(async () => {
      for (const headers of wrong) assert.equal((await on.post(body, headers)).status, 415);
      const zstd = zstdCompressSync(Buffer.from('x'));
      assert.equal((await on.post(zstd, { ...V1, 'content-encoding': 'zstd' })).status, 415);
    });
    assert.deepEqual(grown, {});
    for (const version of ['0.1.0', '9.9', 'x'.repeat(5000)]) {
      const headers = { ...V1, 'x-prometheus-remote-write-version': version };
      assert.equal((await on.post(body, headers)).status, 204);
    }
    await on.livesOn();
  });

  test('times and values from nowhere: 400 for what must not come again', async () => {
    const labels: Labels = [
      ['__name__', 'node_load1'],
      ['instance', 'r1-k2-n1:9100'],
    ];
    const load = (value: Value, atMs: number) => ({ labels, samples: [{ value, atMs }] });
    const cases: readonly [SeriesToWrite, number, string][] = [
      [load(1, 0), 400, 'tooOld'],
      [load(1, -1), 400, 'tooOld'],
      [load(1, -(2 ** 62)), 400, 'tooOld'],
      [load(1, Date.UTC(2262, 3, 11)), 400, 'future'],
      [load(1, 2 ** 53), 400, 'future'],
      [load('stale', Date.UTC(2262, 3, 11)), 400, 'future'],
      [load(Number.NaN, on.nowMs), 204, 'nan'],
      [load(Number.POSITIVE_INFINITY, on.nowMs + 1), 204, 'range'],
      [load(Number.NEGATIVE_INFINITY, on.nowMs + 2), 204, 'range'],
      [load(1.5, on.nowMs + 10), 204, 'accepted'],
      // Out of order: it goes to the history, and sending it again would change nothing.
      [load(1.25, on.nowMs + 5), 204, 'late'],
      [load(2.5, on.nowMs + 10), 204, 'conflict'],
      [load(1.5, on.nowMs + 10), 204, 'duplicate'],
    ];
    for (const [each, status, reason] of cases) {
      const grown = await on.gained(async () => {
        const answer = await on.post(write1(each));
        assert.equal(answer.status, status, `${reason}: ${answer.text}`);
      });
      assert.deepEqual(grown, { [reason]: 1 });
    }
    await on.livesOn();
  });

  test('requests played again: 204, counted as duplicates, nothing changed', async () => {
    const at = on.nowMs + 20;
    const all = ['Buffers', 'Dirty', 'Mapped'].map((kind, i) =>
      series(`node_memory_${kind}_bytes`, [], [i, at]),
    );
    const mapped = series('node_memory_MemAvailable_bytes', [], [5, at]);
    const body = write1(mapped, ...all);
    await on.post(body);
    const grown = await on.gained(async () => {
      for (let again = 0; again < 10; again++) assert.equal((await on.post(body)).status, 204);
    });
    assert.equal(grown.accepted, undefined);
    assert.ok(grown.duplicate >= 10);
    await on.livesOn();
  });

  test('an explosion of series: bounded, counted, and the others stay', async () => {
    const known = series('node_boot_time_seconds', [], [1, on.nowMs]);
    await on.post(write1(known));
    const grown = await on.gained(async () => {
      for (let round = 0; round < 20; round++) {
        const all = Array.from({ length: 5000 }, (_, i) =>
          series('node_load1', [['id', `${round}-${i}`]], [1, on.nowMs]),
        );
        const { status } = await on.post(write1(...all));
        assert.ok(status === 204 || status === 400, `${status}`);
      }
    });
    assert.equal(
      Object.values(grown).reduce((all, each) => all + each),
      100_000,
    );
    assert.ok(grown.seriesLimit > 90_000, JSON.stringify(grown));
    const stats = await (await on.get('/api/v1/ingest')).json();
    assert.equal((stats as { series: number }).series, MAX_SERIES);
    const again = await on.gained(() =>
      on.post(write1({ ...known, samples: [{ value: 2, atMs: on.nowMs + 1 }] })),
    );
    assert.deepEqual(again, { accepted: 1 });
    await on.livesOn();
  });

  test('an explosion of names that mean nothing costs a count each', async () => {
    const grown = await on.gained(async () => {
      for (let round = 0; round < 20; round++) {
        const all = Array.from({ length: 5000 }, (_, i) =>
          series(`nobody_${round}_${i}`, [], [1, on.nowMs]),
        );
        assert.equal((await on.post(write1(...all))).status, 204);
      }
    });
    assert.deepEqual(grown, { unmapped: 100_000 });
    await on.livesOn();
  });
});
