/**
 * Remote-write senders that mean harm, or are broken past belief: each gets the answer that makes
 * it stop or come again, a counter tells of it, and the good sender beside it loses nothing.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import {
  delimited,
  encodeWriteV1,
  encodeWriteV2,
  type SeriesToWrite,
  varint,
} from '../../server/remote-write/write-encoder.ts';
import { openRaw, statusesIn } from '../support/raw-http.ts';
import { type SmallService, START_MS, startSmallService } from '../support/small-service.ts';

const MAX_BYTES = 4_000_000;
const MAX_SERIES = 5000;
const TIMEOUT_S = 2;
/** In which the service looks for connections whose time is up, and room for a busy machine. */
const CLOSED_WITHIN_MS = 1000 * TIMEOUT_S + 8000;
const PATH = '/api/v1/write';
const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
const V2 = { ...V1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' };

type Headers = Readonly<Record<string, string>>;
type Labels = SeriesToWrite['labels'];
type Value = number | 'stale';

/** A metric of a host that the site has. */
const series = (name: string, more: Labels, ...samples: [Value, number][]): SeriesToWrite => ({
  labels: [['__name__', name], ['instance', 'r1-k1-n2:9100'], ...more],
  samples: samples.map(([value, atMs]) => ({ value, atMs })),
});
const write1 = (...all: SeriesToWrite[]) => encodeSnappy(encodeWriteV1(all));
const write2 = (...all: SeriesToWrite[]) => encodeSnappy(encodeWriteV2(all));

/** A request as it stands on the wire. */
const onWire = (body: Uint8Array, headers: Headers = V1) => {
  const lines = Object.entries({ host: '127.0.0.1', ...headers, 'content-length': body.length });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`POST ${PATH} HTTP/1.1\r\n${head}\r\n`), body]);
};

describe('hostile senders', { timeout: 120_000 }, () => {
  let site: SmallService;
  let nowMs = START_MS;
  let goodValue = 0;

  before(async () => {
    site = await startSmallService({
      config: {
        http: { requestTimeoutS: TIMEOUT_S },
        ingest: { maxSeries: MAX_SERIES, maxRequestBytes: MAX_BYTES },
      },
    });
  });
  after(() => site?.stop());

  const post = async (body: Uint8Array, headers: Headers = V1) => {
    const request = { method: 'POST', headers, body: Buffer.from(body) };
    const response = await fetch(`${site.url}${PATH}`, request);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const counts = () => site.service.ingest.outcomes();
  /** What a piece of work added to the counters. */
  async function gained(work: () => Promise<unknown>): Promise<Record<string, number>> {
    const earlier = counts();
    await work();
    const later = Object.entries(counts());
    const grown = later.map(([reason, count]) => [reason, count - (earlier[reason] ?? 0)] as const);
    return Object.fromEntries(grown.filter(([, count]) => count > 0));
  }
  const answered = async (status: number) => {
    const page = await (await site.get('/metrics')).text();
    const label = `route="${PATH}",method="POST",status="${status}"`;
    const line = page.split('\n').find(each => each.includes(`requests_total{${label}}`));
    return Number(line?.split(' ').at(-1) ?? 0);
  };

  /** The good sender's next value arrives, and the service says that it lives. */
  async function livesOn() {
    assert.equal((await site.get('/livez')).status, 200);
    nowMs += 1000;
    site.clock.nowMs = nowMs;
    goodValue++;
    const good = {
      labels: [
        ['__name__', 'node_load1'],
        ['instance', 'r1-k1-n1:9100'],
      ] as const,
    };
    const { status, text } = await post(
      write1({ ...good, samples: [{ value: goodValue, atMs: nowMs }] }),
    );
    assert.deepEqual([status, text], [204, '']);
    const state = await site.get('/api/v1/state/r1-k1-n1');
    const { signals } = (await state.json()) as { signals: Record<string, { value: number }> };
    assert.equal(signals.load1Count.value, goodValue);
  }

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
      const answeredBefore = await answered(status);
      const grown = await gained(async () => {
        const answer = await post(body);
        assert.equal(answer.status, status);
        assert.match(answer.text, why);
      });
      assert.equal(await answered(status), answeredBefore + 1);
      assert.deepEqual(grown, status === 400 ? { malformed: 1 } : {});
      await livesOn();
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
        const bad = series('node_memory_MemAvailable_bytes', labels, [1, nowMs]);
        const beside = series('node_memory_MemFree_bytes', [['v', name]], [goodValue, nowMs]);
        const grown = await gained(async () => {
          const { status, text } = await post(write(bad, beside), headers);
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
      await livesOn();
    });
  }

  test('2.0: thousands of series that refer to one symbol of a megabyte', async () => {
    const symbols = ['', '__name__', 'x'.repeat(1_000_000), 'node_load1', 'a'];
    const sample = delimited(2, Buffer.concat([varint(2 << 3), varint(nowMs)]));
    const refer = (...references: number[]) =>
      delimited(5, Buffer.concat([delimited(1, Buffer.from(references)), sample]));
    const series = [refer(1, 2), refer(1, 3, 4, 2)].flatMap(one => Array(20_000).fill(one));
    const message = [...symbols.map(text => delimited(4, Buffer.from(text))), ...series];
    const startedMs = performance.now();
    const { status, text } = await post(encodeSnappy(Buffer.concat(message)), V2);
    assert.equal(status, 400);
    assert.match(text, /20000 labelTooLong; taken: 20000 samples/);
    assert.ok(performance.now() - startedMs < 10_000);
    await livesOn();
  });

  test('headers: wrong types, encodings and messages are 415; versions are for people', async () => {
    const body = write1(series('node_load1', [], [1, nowMs]));
    const wrong: Headers[] = [
      { ...V1, 'content-type': 'application/json' },
      { ...V1, 'content-type': 'application/x-protobuf;proto=prometheus.WriteRequestV9' },
      ...['gzip', 'zstd', 'deflate', 'snappy, gzip', 'br'].map(encoding => ({
        ...V1,
        'content-encoding': encoding,
      })),
    ];
    const grown = await gained(async () => {
      for (const headers of wrong) assert.equal((await post(body, headers)).status, 415);
      const zstd = zstdCompressSync(Buffer.from('x'));
      assert.equal((await post(zstd, { ...V1, 'content-encoding': 'zstd' })).status, 415);
    });
    assert.deepEqual(grown, {});
    for (const version of ['0.1.0', '9.9', 'x'.repeat(5000)]) {
      const headers = { ...V1, 'x-prometheus-remote-write-version': version };
      assert.equal((await post(body, headers)).status, 204);
    }
    await livesOn();
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
      [load(Number.NaN, nowMs), 204, 'nan'],
      [load(Number.POSITIVE_INFINITY, nowMs + 1), 204, 'range'],
      [load(Number.NEGATIVE_INFINITY, nowMs + 2), 204, 'range'],
      [load(1.5, nowMs + 10), 204, 'accepted'],
      // Out of order: it goes to the history, and sending it again would change nothing.
      [load(1.25, nowMs + 5), 204, 'late'],
      [load(2.5, nowMs + 10), 204, 'conflict'],
      [load(1.5, nowMs + 10), 204, 'duplicate'],
    ];
    for (const [each, status, reason] of cases) {
      const grown = await gained(async () => {
        const answer = await post(write1(each));
        assert.equal(answer.status, status, `${reason}: ${answer.text}`);
      });
      assert.deepEqual(grown, { [reason]: 1 });
    }
    await livesOn();
  });

  test('requests played again: 204, counted as duplicates, nothing changed', async () => {
    const at = nowMs + 20;
    const all = ['Buffers', 'Dirty', 'Mapped'].map((kind, i) =>
      series(`node_memory_${kind}_bytes`, [], [i, at]),
    );
    const mapped = series('node_memory_MemAvailable_bytes', [], [5, at]);
    const body = write1(mapped, ...all);
    await post(body);
    const grown = await gained(async () => {
      for (let again = 0; again < 10; again++) assert.equal((await post(body)).status, 204);
    });
    assert.equal(grown.accepted, undefined);
    assert.ok(grown.duplicate >= 10);
    await livesOn();
  });

  test('a body without end is cut off at the limit', async () => {
    const raw = await openRaw(site.url);
    const head = { host: '127.0.0.1', ...V1, 'transfer-encoding': 'chunked' };
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
    raw.socket.write(`POST ${PATH} HTTP/1.1\r\n${lines.join('')}\r\n`);
    const piece = Buffer.concat([
      Buffer.from('10000\r\n'),
      Buffer.alloc(0x10000),
      Buffer.from('\r\n'),
    ]);
    const timer = setInterval(() => raw.socket.write(piece), 1);
    try {
      await raw.until(said => said.startsWith('HTTP/1.1 413 '), 20_000);
      await raw.closed(20_000);
    } finally {
      clearInterval(timer);
    }
    await livesOn();
  });

  const WIRES: Readonly<Record<string, readonly [sent: string | Buffer, statuses: number[]]>> = {
    'no HTTP': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
    'no such method': ['BREW / HTTP/1.1\r\n\r\n', [400]],
    'a head of 100 kB': [`POST ${PATH} HTTP/1.1\r\nx: ${'y'.repeat(100_000)}`, [431]],
    '100,000 headers': [`POST ${PATH} HTTP/1.1\r\n${'a: b\r\n'.repeat(100_000)}`, [431]],
    'two lengths': [
      `POST ${PATH} HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`,
      [400],
    ],
    'a length and pieces': [
      `POST ${PATH} HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      [400],
    ],
    'a negative length': [`POST ${PATH} HTTP/1.1\r\nhost: a\r\ncontent-length: -5\r\n\r\n`, [400]],
    'rubbish after a good request': [
      Buffer.concat([
        onWire(write1(series('node_load1', [], [1, START_MS]))),
        Buffer.from('\0'.repeat(99)),
      ]),
      [204, 400],
    ],
  };
  for (const [name, [sent, statuses]] of Object.entries(WIRES)) {
    test(`on the wire: ${name}`, async () => {
      const raw = await openRaw(site.url);
      raw.socket.write(sent);
      const text = await raw.closed(CLOSED_WITHIN_MS);
      const got = statusesIn(text);
      // The answer to the request that was good may still be under way when the rubbish comes.
      if (statuses.length > 1)
        assert.ok(got.length === 0 || got[0] === statuses[0] || got[0] === 400, text);
      // Who is still writing when the connection is closed may not get to see the answer.
      else if (sent.length < 50_000 || got.length > 0) assert.deepEqual(got, statuses);
      await livesOn();
    });
  }

  test('senders that go away in the middle leave nothing behind', async () => {
    const body = write1(series('node_load1', [], [9, nowMs + 30]));
    const grown = await gained(async () => {
      for (let i = 0; i < 200; i++) {
        const raw = await openRaw(site.url);
        raw.socket.write(onWire(body).subarray(0, -1 - (i % 20)));
        if (i % 2 === 0) raw.socket.resetAndDestroy();
        else raw.socket.destroy();
      }
      await livesOn();
    });
    assert.deepEqual(grown, { accepted: 1 });
  });

  test('hundreds that dribble are closed in time, and the good sender is served meanwhile', async () => {
    const body = write1(series('node_load1', [], [9, nowMs + 40]));
    const request = onWire(body).toString('latin1');
    const bodyAt = request.indexOf('\r\n\r\n') + 4;
    const starts = [
      ...Array(150).fill(request.slice(0, 20)),
      ...Array(150).fill(request.slice(0, bodyAt)),
      ...Array(100).fill(''),
    ] as string[];
    const slow = await Promise.all(starts.map(() => openRaw(site.url)));
    slow.forEach(({ socket }, i) => {
      if (starts[i] !== '') socket.write(starts[i], 'latin1');
    });
    // Those that have not said anything yet stay silent.
    const dribble = setInterval(() => {
      slow.forEach(({ socket }, i) => {
        if (starts[i] !== '' && socket.writable)
          socket.write(starts[i].length < bodyAt ? 'x' : '\0');
      });
    }, 500);
    const tookMs: number[] = [];
    let isOver = false;
    const good = (async () => {
      while (!isOver) {
        const startedMs = performance.now();
        await livesOn();
        tookMs.push(performance.now() - startedMs);
      }
    })();
    try {
      const texts = await Promise.all(slow.map(raw => raw.closed(CLOSED_WITHIN_MS)));
      texts.forEach((text, i) => {
        const expected = starts[i].length === bodyAt ? [[408], [400], []] : [[408], [400]];
        const got = statusesIn(text);
        const isRight = expected.some(each => each.join() === got.join());
        assert.ok(isRight || starts[i] === '', `${i}: ${text.slice(0, 100)}`);
      });
    } finally {
      clearInterval(dribble);
      isOver = true;
    }
    await good;
    tookMs.sort((a, b) => a - b);
    const p90 = tookMs[Math.floor(0.9 * tookMs.length)];
    assert.ok(tookMs.length > 10 && p90 < 1000, `${tookMs.length} times, p90 ${p90} ms`);
  });

  test('thousands of requests at once, without waiting for answers: a few of each, and the door', async () => {
    const connections = 100;
    const each = 100;
    const one = onWire(write1(series('node_load1', [], [1, nowMs])));
    const burst = Buffer.concat(Array(each).fill(one));
    const raws = await Promise.all(Array.from({ length: connections }, () => openRaw(site.url)));
    for (const { socket } of raws) socket.write(burst);
    for (const raw of raws) {
      const isEnough = (said: string) => {
        const statuses = statusesIn(said);
        return statuses.length === each || statuses.includes(503);
      };
      const text = await raw.until(isEnough, 60_000);
      const statuses = statusesIn(text);
      // In the order of the requests, and nothing after the refusal.
      const refusedAt = statuses.indexOf(503);
      assert.ok(refusedAt < 0 || refusedAt === statuses.length - 1, statuses.join());
      assert.ok(statuses.filter(status => status === 204).length >= 8, statuses.join());
      if (refusedAt >= 0) assert.match(text, /retry-after: 5\r\nconnection: close/);
      raw.socket.destroy();
    }
    await livesOn();
  });

  test('an explosion of series: bounded, counted, and the others stay', async () => {
    const known = series('node_boot_time_seconds', [], [1, nowMs]);
    await post(write1(known));
    const grown = await gained(async () => {
      for (let round = 0; round < 20; round++) {
        const all = Array.from({ length: 5000 }, (_, i) =>
          series('node_load1', [['id', `${round}-${i}`]], [1, nowMs]),
        );
        const { status } = await post(write1(...all));
        assert.ok(status === 204 || status === 400, `${status}`);
      }
    });
    assert.equal(
      Object.values(grown).reduce((all, each) => all + each),
      100_000,
    );
    assert.ok(grown.seriesLimit > 90_000, JSON.stringify(grown));
    const stats = await (await site.get('/api/v1/ingest')).json();
    assert.equal((stats as { series: number }).series, MAX_SERIES);
    const again = await gained(() =>
      post(write1({ ...known, samples: [{ value: 2, atMs: nowMs + 1 }] })),
    );
    assert.deepEqual(again, { accepted: 1 });
    await livesOn();
  });

  test('an explosion of names that mean nothing costs a count each', async () => {
    const grown = await gained(async () => {
      for (let round = 0; round < 20; round++) {
        const all = Array.from({ length: 5000 }, (_, i) =>
          series(`nobody_${round}_${i}`, [], [1, nowMs]),
        );
        assert.equal((await post(write1(...all))).status, 204);
      }
    });
    assert.deepEqual(grown, { unmapped: 100_000 });
    await livesOn();
  });
});
