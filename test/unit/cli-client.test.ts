/** What a command says when the service that it asks cannot answer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { call } from '../../server/cli/client.ts';

test('a failure of the service is told with the request id to look for in its log', async () => {
  const server = createServer((_, response) => {
    response.writeHead(500, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ detail: 'see the log for this request id', requestId: 'r-17' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await assert.rejects(call({ url }, '/api/v1/status'), {
      message: 'the service failed at this: request id r-17 in its log says why',
      code: 1,
    });
  } finally {
    server.close();
  }
});
