/** Who gets in, and what keeps others from harm: tokens, certificates, limits, time, silence. */
import assert from 'node:assert/strict';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import test, { type TestContext } from 'node:test';
import { io } from 'socket.io-client';
import { makeCertificates } from '../support/certificates.ts';
import { skipWithout } from '../support/outside-process.ts';
import { type SmallOptions, smallInventory, startSmallService } from '../support/small-service.ts';

async function siteWith(t: TestContext, options: SmallOptions = {}) {
  const site = await startSmallService(options);
  t.after(() => site.stop());
  site.service.live.tick();
  return site;
}

const SECRETS = { viewer: 'view-5f1c', operator: 'operate-77ab', admin: 'admin-90de' } as const;
type Role = keyof typeof SECRETS;

function tokenConfig(t: TestContext) {
  const roles = Object.keys(SECRETS) as Role[];
  for (const role of roles) {
    process.env[`ORRERY_TEST_${role}`] = SECRETS[role];
    t.after(() => delete process.env[`ORRERY_TEST_${role}`]);
  }
  return roles.map(role => ({ name: `the-${role}`, role, tokenEnv: `ORRERY_TEST_${role}` }));
}

const bearer = (role: Role) => ({ authorization: `Bearer ${SECRETS[role]}` });

test('each door opens for its role and those above, and to probes for anyone', async t => {
  const { get, post } = await siteWith(t, { config: { http: { tokens: tokenConfig(t) } } });
  const write = (headers: Record<string, string>) =>
    post('/api/v1/write', '', { 'content-type': 'application/x-protobuf', ...headers });
  const inventory = (headers: Record<string, string>) =>
    post('/api/v1/inventory', JSON.stringify(smallInventory()), headers);
  const doors: Record<string, readonly [(h: Record<string, string>) => Promise<Response>, string]> =
    {
      '/api/v1/status': [h => get('/api/v1/status', h), 'viewer'],
      '/metrics': [h => get('/metrics', h), 'viewer'],
      '/sd': [h => get('/sd', h), 'viewer'],
      '/api/v1/write': [write, 'operator'],
      '/api/v1/inventory': [inventory, 'admin'],
    };
  const order = ['viewer', 'operator', 'admin'];
  for (const [name, [open, needed]] of Object.entries(doors)) {
    const none = await open({});
    assert.equal(none.status, 401, name);
    assert.match(none.headers.get('www-authenticate') ?? '', /^Bearer/);
    assert.equal((await open({ authorization: 'Bearer wrong' })).status, 401, name);
    for (const role of order as Role[]) {
      const { status } = await open(bearer(role));
      const isIn = order.indexOf(role) >= order.indexOf(needed);
      assert.equal(status === 403, !isIn, `${name} as ${role}: ${status}`);
      assert.notEqual(status, 401);
    }
  }
  for (const path of ['/livez', '/readyz', '/openapi.json', '/docs/runbooks.md']) {
    assert.equal((await get(path)).status, 200, path);
  }
});

test('no token and no password appears in the log; requests do, with id and name', async t => {
  const lines: string[] = [];
  const logTo = { write: (line: string) => void lines.push(line) };
  const { get, service } = await siteWith(t, {
    logTo,
    config: { http: { tokens: tokenConfig(t) } },
  });
  await get('/api/v1/status', { ...bearer('viewer'), 'x-request-id': 'req-1' });
  await get('/api/v1/status', { authorization: 'Bearer guessed-secret', 'x-request-id': 'req-2' });
  await new Promise(done => setTimeout(done, 50));
  const log = lines.join('');
  for (const secret of [...Object.values(SECRETS), 'guessed-secret']) {
    assert.ok(!log.includes(secret), secret);
  }
  const lineOf = (id: string) => lines.map(line => JSON.parse(line)).find(l => l.requestId === id);
  const { method, path, status, who, route } = lineOf('req-1');
  assert.deepEqual(
    { method, path, status, who, route },
    {
      method: 'GET',
      path: '/api/v1/status',
      status: 200,
      who: 'the-viewer',
      route: '/api/v1/status',
    },
  );
  assert.equal(lineOf('req-2').status, 401);
  assert.ok(lineOf('req-2').level > lineOf('req-1').level, 'a refusal is worth a warning');
  assert.equal(service.config.http.tokens.length, 3);
});

test('remote write past Express leaves the same answer and the same line as through it', async t => {
  const lines: string[] = [];
  const { post } = await siteWith(t, {
    logTo: { write: (line: string) => void lines.push(line) },
    config: { http: { tokens: tokenConfig(t) } },
  });
  const seen = async (path: string, id: string) => {
    const type = { 'content-type': 'application/x-protobuf', 'x-request-id': id };
    const answer = await post(path, 'no snappy', { ...type, ...bearer('operator') });
    await new Promise(done => setTimeout(done, 50));
    const line = lines.map(each => JSON.parse(each)).find(({ requestId }) => requestId === id);
    const { method, path: told, status, who, route } = line;
    const { headers } = answer;
    const answered = [headers.get('x-request-id') === id, headers.get('content-type')];
    return { answered, text: await answer.text(), line: { method, told, status, who, route } };
  };
  const short = await seen('/api/v1/write', 'short');
  assert.equal(short.line.status, 400);
  assert.equal(short.line.route, '/api/v1/write');
  assert.deepEqual(await seen('/api/v1/write?by=express', 'long'), short);
});

interface TlsAnswer {
  readonly status: number;
  readonly hsts: unknown;
}

const tlsGet = (url: string, options: RequestOptions) =>
  new Promise<TlsAnswer>((resolve, reject) => {
    const request = httpsRequest(`${url}/livez`, { agent: false, ...options }, response => {
      response.resume();
      const hsts = response.headers['strict-transport-security'];
      resolve({ status: response.statusCode ?? 0, hsts });
    });
    request.on('error', reject);
    request.end();
  });

test('HTTPS serves with its certificate, the live channel too', {
  skip: skipWithout('openssl'),
}, async t => {
  const made = makeCertificates();
  const tls = { certFile: made.path('server.pem'), keyFile: made.path('server.key') };
  const { url } = await siteWith(t, { config: { http: { tls } } });
  assert.match(url, /^https:/);
  const ca = made.read('ca.pem');
  assert.deepEqual(await tlsGet(url, { ca }), { status: 200, hsts: 'max-age=31536000' });
  await assert.rejects(tlsGet(url, {}), /certificate|self/i);
  await assert.rejects(tlsGet(url, { ca, maxVersion: 'TLSv1.1' }), /./);
  const socket = io(url, { path: '/live', transports: ['websocket'], ca });
  t.after(() => void socket.close());
  await new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('connect_error', reject);
  });
});

test('with an authority only clients that it signed get in', {
  skip: skipWithout('openssl'),
}, async t => {
  const made = makeCertificates();
  const stranger = makeCertificates();
  const tls = {
    certFile: made.path('server.pem'),
    keyFile: made.path('server.key'),
    caFile: made.path('ca.pem'),
  };
  const { url } = await siteWith(t, { config: { http: { tls } } });
  const ca = made.read('ca.pem');
  const own = { cert: made.read('client.pem'), key: made.read('client.key') };
  assert.equal((await tlsGet(url, { ca, ...own })).status, 200);
  await assert.rejects(tlsGet(url, { ca }));
  const other = { cert: stranger.read('client.pem'), key: stranger.read('client.key') };
  await assert.rejects(tlsGet(url, { ca, ...other }));
});

test('a certificate that is not there is named by its field', async () => {
  const tls = { certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' };
  await assert.rejects(startSmallService({ config: { http: { tls } } }), /http\.tls\.certFile: /);
});

test('too many requests are put off, probes are not', async t => {
  const { get } = await siteWith(t, { config: { http: { requestsPerMinute: 5 } } });
  for (let n = 0; n < 5; n++) assert.equal((await get('/api/v1/kinds')).status, 200);
  const refused = await get('/api/v1/kinds');
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal((await get('/livez')).status, 200);
});

test('a peer that never finishes its request loses the connection', async t => {
  const { url } = await siteWith(t, { config: { http: { requestTimeoutS: 1 } } });
  const { hostname, port } = new URL(url);
  const endings = ['GET /livez HTTP/1.1\r\nHost: 127', `POST /api/v1/whatif HTTP/1.1\r\n`].map(
    start =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.write(start));
        let answer = '';
        socket.on('data', chunk => {
          answer += chunk.toString();
        });
        socket.on('close', () => resolve(answer));
        socket.on('error', reject);
        socket.setTimeout(10_000, () => reject(new Error('still open after 10 s')));
      }),
  );
  for (const answer of await Promise.all(endings)) assert.match(answer, /^HTTP\/1\.1 408 /);
});

test('browsers are told what our pages may do', async t => {
  const { get } = await siteWith(t);
  const { headers } = await get('/livez');
  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'self'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /https:|unsafe-eval|script-src[^;]*unsafe-inline/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('x-powered-by'), null);
  assert.equal(headers.get('strict-transport-security'), null, 'not over plain HTTP');
});

test('without tokens no page of another site can change anything', async t => {
  const { post, get, service } = await siteWith(t);
  const body = JSON.stringify(smallInventory(1));
  const evil = { origin: 'https://evil.example' };
  assert.equal((await post('/api/v1/inventory', body, evil)).status, 403);
  const simple = await post('/api/v1/inventory', body, { 'content-type': 'text/plain' });
  assert.equal(simple.status, 415, 'what a page may send anywhere is no body');
  assert.equal(service.live.twin.topology.generation, 1);
  assert.equal((await get('/api/v1/status')).status, 200);
});

test('alerts lead to the runbooks: Markdown for tools, a page with sections for browsers', async t => {
  const { get } = await siteWith(t);
  const raw = await get('/docs/runbooks.md');
  assert.match(raw.headers.get('content-type') ?? '', /^text\/markdown/);
  assert.match(await raw.text(), /^# Runbooks/);
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
  const page = await get('/docs/runbooks.md', { accept });
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(await page.text(), /<h2 id="rack-power">Rack power<\/h2>/);
  for (const path of ['/docs/', '/docs/none.md', '/docs/..%2fpackage.json', '/docs/adr']) {
    assert.equal((await get(path)).status, 404, path);
  }
});
