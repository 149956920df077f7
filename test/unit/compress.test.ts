/** Answers as gzip: for who takes it, when it pays, and the same in the end. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import { compressed, zippedAssets } from '../../server/api/compress.ts';

const LONG = 'watts '.repeat(5000);
const dir = mkdtempSync(join(tmpdir(), 'orrery-page-'));
let port = 0;
let close = () => {};

before(async () => {
  mkdirSync(join(dir, 'assets'));
  writeFileSync(join(dir, 'assets', 'index-a1.js'), LONG);
  const app = express();
  app.use(compressed);
  app.get('/long', (_request, response) => void response.json({ text: LONG }));
  app.get('/short', (_request, response) => void response.json({ text: 'short' }));
  app.use(zippedAssets(dir, { 'cache-control': 'immutable' }));
  app.use(express.static(dir));
  const server = app.listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  port = (server.address() as AddressInfo).port;
  close = () => server.close();
});
after(() => {
  close();
  rmSync(dir, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

const ask = (path: string, accept?: string, method = 'GET') =>
  new Promise<Answer>((resolve, reject) => {
    const headers = accept === undefined ? {} : { 'accept-encoding': accept };
    const request = get(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      answer => {
        const parts: Buffer[] = [];
        answer.on('data', part => parts.push(part));
        answer.on('end', () => {
          const { statusCode = 0, headers: got } = answer;
          resolve({ status: statusCode, headers: got, bytes: Buffer.concat(parts) });
        });
      },
    );
    request.on('error', reject);
  });

test('a long answer is gzip for who takes it, with its own type and length', async () => {
  for (const path of ['/long', '/assets/index-a1.js']) {
    const zipped = await ask(path, 'gzip, deflate');
    assert.equal(zipped.headers['content-encoding'], 'gzip');
    assert.equal(zipped.headers.vary, 'accept-encoding');
    assert.ok(zipped.bytes.length < LONG.length / 10);
    const plain = await ask(path);
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(plain.headers.vary, 'accept-encoding', 'a cache must not give it to all');
    assert.deepEqual(gunzipSync(zipped.bytes), plain.bytes);
    const typeOf = ({ headers }: Answer) => String(headers['content-type']).split(';')[0];
    assert.equal(typeOf(zipped), typeOf(plain));
  }
});

test('what is short, not wanted, or asked by HEAD goes as it is', async () => {
  const asked = [
    ['/short', 'gzip'],
    ['/long', 'identity'],
    ['/long', 'gzip;q=0'],
    ['/long', 'gzip', 'HEAD'],
    ['/assets/index-a1.js', 'br'],
  ] as const;
  for (const [path, accept, method] of asked) {
    const { status, headers } = await ask(path, accept, method);
    assert.deepEqual([status, headers['content-encoding']], [200, undefined], `${path} ${accept}`);
  }
  assert.equal((await ask('/assets/gone-b2.js', 'gzip')).status, 404);
  assert.equal((await ask('/assets/..%2f..%2fetc%2fpasswd.js', 'gzip')).status, 404);
});
