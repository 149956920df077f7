import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import express from 'express';
import {
  createReceiver,
  type ReceiverOptions,
  type WriteTarget,
} from '../../server/ingest/receiver.ts';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1, encodeWriteV2 } from '../../server/remote-write/write-encoder.ts';
import { NOW_MS, newIngestSite } from '../support/ingest-site.ts';

const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
const V2 = { ...V1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' };
const SERIES = [{ labels: [['__name__', 'w']], samples: [{ value: 5, atMs: NOW_MS }] }] as const;
const ONE_V1 = encodeSnappy(encodeWriteV1(SERIES));
const ONE_V2 = encodeSnappy(encodeWriteV2(SERIES));

/** A server with the receiver at `/write`; closed with the test. */
async function serve(
  t: TestContext,
  target: WriteTarget,
  options: ReceiverOptions,
): Promise<string> {
  const app = express();
  app.post('/write', createReceiver(target, options));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/write`;
}

const post = (url: string, body: Buffer<ArrayBuffer>, headers: Record<string, string>) =>
  fetch(url, { method: 'POST', body, headers });

test('the answers, their headers and their bodies', async t => {
  const { ingest, cellOf } = newIngestSite();
  const url = await serve(t, ingest, { maxBytes: 10_000 });
  const good = await post(url, ONE_V2, V2);
  assert.deepEqual([good.status, await good.text()], [204, '']);
  assert.equal(good.headers.get('x-prometheus-remote-write-samples-written'), '1');
  assert.equal(cellOf('w')?.value, 5);
  assert.deepEqual(ingest.counts('remoteWrite 127.0.0.1'), { accepted: 1 });
  const bad = await post(url, Buffer.from('junk'), V2);
  assert.equal(bad.status, 400);
  assert.match(bad.headers.get('content-type') ?? '', /^text\/plain/);
  assert.equal(await bad.text(), 'the body is not a whole snappy block\n');
  assert.equal((await post(url, ONE_V1, { ...V1, 'content-encoding': 'gzip' })).status, 415);
});

test('a body beyond the limit is 413, whether announced or streamed', async t => {
  const { ingest } = newIngestSite();
  const url = await serve(t, ingest, { maxBytes: 1000 });
  const announced = await post(url, Buffer.alloc(1001), V1);
  assert.equal(announced.status, 413);
  assert.match(await announced.text(), /larger than 1000 bytes/);
  const long = await post(url, Buffer.alloc(20_000_000), V1);
  assert.equal(long.status, 413, 'a sender that is still writing gets the answer too');
  const streamed = httpRequest(url, { method: 'POST', headers: V1 });
  streamed.on('error', () => {});
  const answered = once(streamed, 'response');
  streamed.write(Buffer.alloc(600));
  streamed.write(Buffer.alloc(600));
  const [response] = await answered;
  assert.equal(response.statusCode, 413);
  streamed.destroy();
  assert.deepEqual(ingest.counts(), {});
});

test('bodies that wait together beyond the limit are asked to come again', async t => {
  const { ingest } = newIngestSite();
  const url = await serve(t, ingest, { maxBytes: 1000, maxBufferedBytes: 700 });
  const slow = httpRequest(url, { method: 'POST', headers: V1 });
  slow.on('error', () => {});
  slow.write(Buffer.alloc(600));
  let status = 0;
  let retryAfter: string | null = null;
  // The first body is read some time after it was written.
  for (let attempt = 0; attempt < 200 && status !== 429; attempt++) {
    const response = await post(url, Buffer.alloc(200, 1), V1);
    status = response.status;
    retryAfter = response.headers.get('retry-after');
  }
  assert.deepEqual([status, retryAfter], [429, '5']);
  slow.destroy();
  status = 0;
  for (let attempt = 0; attempt < 200 && status !== 204; attempt++) {
    status = (await post(url, ONE_V1, V1)).status;
  }
  assert.equal(status, 204, 'the place of a sender that went away is free again');
});

test('a sender that goes away mid-body leaves nothing behind', async t => {
  const { ingest } = newIngestSite();
  const url = new URL(await serve(t, ingest, { maxBytes: 1000 }));
  const socket = connect(Number(url.port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nabc');
  await new Promise<void>(resolve => {
    socket.end(() => resolve());
  });
  socket.destroy();
  assert.equal((await post(url.href, ONE_V1, V1)).status, 204);
  assert.deepEqual(ingest.counts(), { accepted: 1 });
});

test('a body in many small pieces, of stated length and of none, arrives as it was', async t => {
  const bodies: string[] = [];
  const target: WriteTarget = {
    writeRequest(body) {
      bodies.push(Buffer.from(body).toString('latin1'));
      return { status: 204, headers: {}, message: '' };
    },
  };
  const url = await serve(t, target, { maxBytes: 5000 });
  const whole = Array.from({ length: 500 }, (_, i) => String(i)).join();
  for (const headers of [{}, { 'content-length': whole.length }]) {
    const request = httpRequest(url, { method: 'POST', headers });
    const answered = once(request, 'response');
    for (const piece of whole.match(/.{1,7}/g) ?? []) request.write(piece);
    request.end();
    const [response] = await answered;
    assert.equal(response.statusCode, 204);
    response.resume();
  }
  assert.deepEqual(bodies, [whole, whole]);
});

test('the memory of a body is given back with its answer, not left to the collector', async t => {
  const taken: Uint8Array[] = [];
  const target: WriteTarget = {
    writeRequest(body) {
      taken.push(body);
      return { status: 204, headers: {}, message: '' };
    },
  };
  const url = await serve(t, target, { maxBytes: 1_000_000 });
  for (const bytes of [20_000, 600_000]) {
    assert.equal((await post(url, Buffer.alloc(bytes), V1)).status, 204);
  }
  assert.equal(taken.length, 2);
  for (let round = 0; round < 100 && taken.some(({ length }) => length > 0); round++) {
    await new Promise(resolve => setImmediate(resolve));
  }
  assert.deepEqual(
    taken.map(({ length }) => length),
    [0, 0],
  );
});

test('one sender whose bodies never end leaves room for another', async t => {
  const { ingest } = newIngestSite();
  const sourceOf = (request: { headers: object }) => String(Reflect.get(request.headers, 'x-who'));
  const limits = { maxBytes: 1000, maxBufferedBytes: 2000 };
  const url = await serve(t, ingest, { ...limits, sourceOf });
  const unending = [0, 1, 2].map(() => {
    const request = httpRequest(url, { method: 'POST', headers: { ...V1, 'x-who': 'slow' } });
    request.on('error', () => {});
    request.on('response', response => response.resume());
    request.write(Buffer.alloc(600));
    return request;
  });
  let refused = 0;
  for (let attempt = 0; attempt < 200 && refused === 0; attempt++) {
    const { status } = await post(url, Buffer.alloc(500), { ...V1, 'x-who': 'slow' });
    if (status === 429) refused++;
  }
  assert.equal(refused, 1);
  assert.equal((await post(url, ONE_V1, { ...V1, 'x-who': 'good' })).status, 204);
  for (const request of unending) request.destroy();
});

test('a target that cannot take anything now says so before the body is read', async t => {
  let refusal = 'the disk is full';
  const { ingest } = newIngestSite();
  const target: WriteTarget = {
    writeRequest: (...request) => ingest.writeRequest(...request),
    refusal: () => refusal,
  };
  const url = await serve(t, target, { maxBytes: 1000 });
  const refused = await post(url, ONE_V1, V1);
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5']);
  assert.equal(await refused.text(), 'the disk is full\n');
  refusal = '';
  assert.equal((await post(url, ONE_V1, V1)).status, 204);
});

test('bodies count until they are answered', async t => {
  let release = () => {};
  const released = new Promise<void>(resolve => {
    release = resolve;
  });
  const target: WriteTarget = {
    async writeRequest() {
      await released;
      return { status: 204, headers: {}, message: '' };
    },
  };
  const url = await serve(t, target, { maxBytes: 600, maxBufferedBytes: 700 });
  const first = post(url, Buffer.alloc(600), V1);
  let status = 0;
  for (let attempt = 0; attempt < 200 && status !== 429; attempt++) {
    status = (await Promise.race([post(url, Buffer.alloc(200), V1), first])).status;
  }
  assert.equal(status, 429);
  release();
  assert.equal((await first).status, 204);
  assert.equal((await post(url, Buffer.alloc(600), V1)).status, 204);
});

test('every answer is told, by whom it was given: also what was refused unread', async t => {
  const told: [string, number][] = [];
  let refusal = '';
  const target: WriteTarget = {
    refusal: () => refusal,
    writeRequest: () => ({ status: 204, headers: {}, message: '' }),
    answered: (source, { status }) => told.push([source, status]),
  };
  const url = await serve(t, target, { maxBytes: 1000 });
  await post(url, ONE_V1, V1);
  await post(url, Buffer.alloc(1001), V1);
  refusal = 'the disk is full';
  await post(url, ONE_V1, V1);
  const source = 'remoteWrite 127.0.0.1';
  assert.deepEqual(
    told,
    [204, 413, 503].map(status => [source, status]),
  );
});

test('a sender that has gone before it is looked at is no source by the name of unknown', async () => {
  const told: string[] = [];
  const target: WriteTarget = {
    writeRequest: (_body, _headers, source) => {
      told.push(source);
      return { status: 204, headers: {}, message: '' };
    },
    answered: source => told.push(source),
  };
  const socket = new Socket();
  const request = new IncomingMessage(socket);
  await createReceiver(target, { maxBytes: 1000 })(request, new ServerResponse(request));
  assert.equal(socket.remoteAddress, undefined);
  assert.deepEqual([told, request.destroyed], [[], true]);
});
