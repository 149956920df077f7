/** What a command says when the service that it asks cannot answer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import { call } from '../../server/cli/client.ts';

interface Given {
  readonly status?: number;
  readonly text: string;
}

/** A server that answers everything alike, and the paths that it was asked for. */
async function answering(t: TestContext, { status = 200, text }: Given) {
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}

test('a failure of the service is told with the request id to look for in its log', async t => {
  const text = JSON.stringify({ detail: 'see the log for this request id', requestId: 'r-17' });
  const { url } = await answering(t, { status: 500, text });
  await assert.rejects(call({ url }, '/api/v1/status'), {
    message: 'the service failed at this: request id r-17 in its log says why',
    code: 1,
  });
});

test('what is no Orrery is called so, whatever it answers', async t => {
  const page = await answering(t, { text: '<html>Grafana</html>' });
  const message = `${page.url} is no Orrery: it answers with something else; give --url`;
  await assert.rejects(call({ url: page.url }, '/api/v1/status'), { message, code: 1 });
  for (const status of [404, 500]) {
    const { url } = await answering(t, { status, text: '{"status":"error","error":"no"}' });
    await assert.rejects(call({ url }, '/api/v1/state'), {
      message: `HTTP ${status} from ${url}/api/v1/state`,
    });
  }
});

test('a service below a path of a proxy is asked there; an address needs its scheme', async t => {
  const { url, paths } = await answering(t, { text: '{}' });
  for (const base of [url, `${url}/`, `${url}/orrery/`]) await call({ url: base }, '/api/v1/x?a=1');
  assert.deepEqual(paths, ['/api/v1/x?a=1', '/api/v1/x?a=1', '/orrery/api/v1/x?a=1']);
  for (const wrong of ['foo', 'localhost:9595']) {
    await assert.rejects(call({ url: wrong }, '/'), {
      message: `--url: '${wrong}' is not an address such as http://127.0.0.1:9595`,
      code: 2,
    });
  }
});
