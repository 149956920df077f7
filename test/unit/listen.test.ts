/** Peers that break HTTP: each is answered where it can be, cut off, and told of by its fault. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type ConnectionFault, createHttpServer, listen, urlsOf } from '../../server/api/listen.ts';
import { DEFAULT_CONFIG } from '../../server/config.ts';
import { openRaw, statusesIn } from '../support/raw-http.ts';

async function serve(t: TestContext) {
  const faults: ConnectionFault[] = [];
  const config = { ...DEFAULT_CONFIG.http, port: 0, requestTimeoutS: 1 };
  const app = (request: NodeJS.ReadableStream, response: { end(text: string): void }) => {
    request.resume();
    request.on('end', () => response.end('ok\n'));
  };
  const server = createHttpServer(config, app, fault => faults.push(fault));
  await listen(server, config);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { url } = urlsOf(server, config);
  const told = async (expected: readonly ConnectionFault[]) => {
    const endAt = performance.now() + 5000;
    while (faults.length < expected.length && performance.now() < endAt) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    assert.deepEqual(faults, expected);
  };
  return { server, url, told };
}

test('what is no HTTP is 400, a head that is too long 431', async t => {
  const { url, told } = await serve(t);
  for (const [sent, status] of [
    ['\0\0\0\0', 400],
    [`GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`, 431],
  ] as const) {
    const raw = await openRaw(url);
    raw.socket.write(sent);
    assert.deepEqual(statusesIn(await raw.closed(5000)), [status]);
  }
  await told(['malformed', 'headersTooLarge']);
});

test('a request that does not come to its end is 408', async t => {
  const { url, told } = await serve(t);
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n';
  const raws = await Promise.all(
    ['GET / HT', head].map(async sent => {
      const raw = await openRaw(url);
      raw.socket.write(sent);
      return raw;
    }),
  );
  for (const raw of raws) assert.deepEqual(statusesIn(await raw.closed(10_000)), [408]);
  await told(['tooSlow', 'tooSlow']);
});

test('a peer that goes away within its request, and one too many', async t => {
  const { server, url, told } = await serve(t);
  const raw = await openRaw(url);
  raw.socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc');
  await new Promise(resolve => setTimeout(resolve, 100));
  raw.socket.resetAndDestroy();
  await told(['cutOff']);
  server.maxConnections = 0;
  const refused = await openRaw(url);
  assert.equal(await refused.closed(5000), '');
  await told(['cutOff', 'tooMany']);
});

test('a good request is no fault', async t => {
  const { url, told } = await serve(t);
  const raw = await openRaw(url);
  raw.socket.end('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  assert.deepEqual(statusesIn(await raw.closed(5000)), [200]);
  await told([]);
});

test('requests that do not wait for their answers: some, and then 503 and the end', async t => {
  const { url, told } = await serve(t);
  const raw = await openRaw(url);
  raw.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(100));
  const text = await raw.closed(5000);
  assert.deepEqual(statusesIn(text), [...Array(8).fill(200), 503]);
  assert.match(text, /retry-after: 5/i);
  await told(['piledUp']);
  const patient = await openRaw(url);
  for (let n = 1; n <= 20; n++) {
    patient.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await patient.until(said => statusesIn(said).length === n, 5000);
  }
  patient.socket.destroy();
  await told(['piledUp']);
});
