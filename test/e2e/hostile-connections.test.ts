/**
 * Peers that break HTTP, dribble, pile up requests or never end: each is cut off in time, and the
 * good sender is served meanwhile.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type HostileSite,
  openHostileSite,
  PATH,
  series,
  TIMEOUT_S,
  V1,
  write1,
} from '../support/hostile-site.ts';
import { openRaw, statusesIn } from '../support/raw-http.ts';
import { START_MS, startSmallService } from '../support/small-service.ts';

/** In which the service looks for connections whose time is up, and room for a busy machine. */
const CLOSED_WITHIN_MS = 1000 * TIMEOUT_S + 8000;

/** A request as it stands on the wire. */
const onWire = (body: Uint8Array) => {
  const lines = Object.entries({ host: '127.0.0.1', ...V1, 'content-length': body.length });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`POST ${PATH} HTTP/1.1\r\n${head}\r\n`), body]);
};

describe('hostile connections', { timeout: 120_000 }, () => {
  let on: HostileSite;
  before(async () => {
    on = await openHostileSite();
  });
  after(() => on?.stop());

  test('a body without end is cut off at the limit', async () => {
    const raw = await openRaw(on.url);
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
    await on.livesOn();
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
      const raw = await openRaw(on.url);
      raw.socket.write(sent);
      const text = await raw.closed(CLOSED_WITHIN_MS);
      const got = statusesIn(text);
      // The answer to the request that was good may still be under way when the rubbish comes.
      if (statuses.length > 1)
        assert.ok(got.length === 0 || got[0] === statuses[0] || got[0] === 400, text);
      // Who is still writing when the connection is closed may not get to see the answer.
      else if (sent.length < 50_000 || got.length > 0) assert.deepEqual(got, statuses);
      await on.livesOn();
    });
  }

  test('senders that go away in the middle leave nothing behind', async () => {
    const body = write1(series('node_load1', [], [9, on.nowMs + 30]));
    const grown = await on.gained(async () => {
      for (let i = 0; i < 200; i++) {
        const raw = await openRaw(on.url);
        raw.socket.write(onWire(body).subarray(0, -1 - (i % 20)));
        if (i % 2 === 0) raw.socket.resetAndDestroy();
        else raw.socket.destroy();
      }
      await on.livesOn();
    });
    assert.deepEqual(grown, { accepted: 1 });
  });

  test('hundreds that dribble are closed in time, and the good sender is served meanwhile', async () => {
    const body = write1(series('node_load1', [], [9, on.nowMs + 40]));
    const request = onWire(body).toString('latin1');
    const bodyAt = request.indexOf('\r\n\r\n') + 4;
    const starts = [
      ...Array(150).fill(request.slice(0, 20)),
      ...Array(150).fill(request.slice(0, bodyAt)),
      ...Array(100).fill(''),
    ] as string[];
    const slow = await Promise.all(starts.map(() => openRaw(on.url)));
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
        await on.livesOn();
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
    const one = onWire(write1(series('node_load1', [], [1, on.nowMs])));
    const burst = Buffer.concat(Array(each).fill(one));
    const raws = await Promise.all(Array.from({ length: connections }, () => openRaw(on.url)));
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
    await on.livesOn();
  });
});

test('a peer that connected and says nothing does not keep the service from stopping', {
  timeout: 30_000,
}, async () => {
  const service = await startSmallService();
  const raw = await openRaw(service.url);
  await service.get('/livez');
  await service.stop();
  raw.socket.destroy();
});
