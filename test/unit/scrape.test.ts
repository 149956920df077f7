/** Direct scrape against servers that behave, misbehave and recover. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import type { Labels, PageSource, Source } from '../../server/ingest/contract.ts';
import { pauseS } from '../../server/ingest/poll/loop.ts';
import { createScrapeSource, scrapeSourceConfig } from '../../server/ingest/poll/scrape.ts';
import { until } from '../support/outside-process.ts';
import { recordingPort } from '../support/recording-port.ts';

const tls = (name: string) => new URL(`../fixtures/tls/bmc-${name}.pem`, import.meta.url).pathname;
/** The service's clock runs this much faster, so that an interval of a second is 10 ms. */
const SPEED = 100;
const PAGE = 'node_load1 1.5\n';
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const says =
  (body: string | Buffer, headers: Record<string, string> = {}, status = 200): Handler =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': TEXT, ...headers }).end(body);
  };

interface Scraped {
  readonly source: Source;
  readonly pages: { source: PageSource; text: string; atMs: number; format?: string }[];
  readonly samples: { labels: Labels; value: number; atMs: number }[];
  /** Values of `up`, in order. */
  ups(): number[];
  /** Waits until the source is in this state, and gives its health. */
  reaches(state: string): Promise<ReturnType<Source['health']>>;
}

function scraper(t: TestContext, settings: Record<string, unknown>): Scraped {
  const pages: Scraped['pages'] = [];
  const samples: Scraped['samples'] = [];
  const port = {
    ...recordingPort(),
    page(source: PageSource, body: Uint8Array, atMs: number, format?: 'text' | 'openMetrics') {
      pages.push({ source, text: Buffer.from(body).toString(), atMs, ...(format && { format }) });
      return { samples: 1, accepted: 1, errors: [] };
    },
    sample(_source: PageSource, labels: Labels, value: number, atMs: number) {
      samples.push({ labels, value, atMs });
    },
  };
  const config = scrapeSourceConfig.parse({ id: 'x', kind: 'scrape', intervalS: 1, ...settings });
  const clock = { now: Date.now, speed: SPEED };
  const source = createScrapeSource(config, { clock, log: pino({ level: 'silent' }), port });
  source.start();
  t.after(() => source.stop());
  return {
    ...{ source, pages, samples },
    ups: () => samples.filter(s => s.labels.__name__ === 'up').map(s => s.value),
    async reaches(state) {
      const is = () => source.health().state === state;
      await until(`state ${state}, not ${JSON.stringify(source.health())}`, 5000, async () => is());
      return source.health();
    },
  };
}

async function serving(t: TestContext, handler: Handler, server = createServer()): Promise<string> {
  server.on('request', handler);
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `${'key' in server ? 'https' : 'http'}://127.0.0.1:${port}/metrics`;
}

test('a page with the labels of its target, `up`, and bounds of the clock behind it', async t => {
  const url = await serving(t, says(PAGE));
  const scraped = scraper(t, { url, labels: { job: 'node', rack: 'k1' } });
  const health = await scraped.reaches('up');
  const [{ source, text, format }] = scraped.pages;
  const instance = new URL(url).host;
  assert.deepEqual(source, { id: 'x', labels: { job: 'node', rack: 'k1', instance } });
  assert.deepEqual([text, format], [PAGE, 'text']);
  const up = scraped.samples.find(s => s.labels.__name__ === 'up');
  assert.deepEqual(up?.labels, { __name__: 'up', job: 'node', rack: 'k1', instance });
  assert.equal(up?.value, 1);
  assert.equal(up?.atMs, scraped.pages[0].atMs);
  const { clockOffsetMs = Number.NaN, clockUncertaintyMs = Number.NaN } = health;
  assert.ok(clockUncertaintyMs > 0 && clockUncertaintyMs < 600, `${clockUncertaintyMs}`);
  assert.ok(Math.abs(clockOffsetMs) <= clockUncertaintyMs, 'it is the same clock');
  const names = scraped.samples.map(s => s.labels.__name__);
  assert.ok(names.includes('orrery_target_clock_offset_seconds'));
  assert.ok(names.includes('orrery_target_clock_uncertainty_seconds'));
});

test('gzip and OpenMetrics are asked for and understood', async t => {
  let asked: IncomingMessage['headers'] = {};
  const body = gzipSync('# TYPE a gauge\na 1\n# EOF\n');
  const type = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
  const url = await serving(t, (request, response) => {
    asked = request.headers;
    says(body, { 'content-type': type, 'content-encoding': 'gzip' })(request, response);
  });
  const scraped = scraper(t, { url });
  await scraped.reaches('up');
  assert.match(asked.accept ?? '', /openmetrics.*text\/plain/);
  assert.equal(asked['accept-encoding'], 'gzip');
  assert.equal(scraped.pages[0].text, '# TYPE a gauge\na 1\n# EOF\n');
  assert.equal(scraped.pages[0].format, 'openMetrics');
});

test('a bearer token from the environment or a file, or a user name and password', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'orrery-token-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'token');
  writeFileSync(file, 'first\n');
  process.env.ORRERY_TEST_SECRET = 's3cret';
  t.after(() => delete process.env.ORRERY_TEST_SECRET);
  const seen = new Map<string, string>();
  const url = await serving(t, (request, response) => {
    seen.set(request.url ?? '', request.headers.authorization ?? '');
    says(PAGE)(request, response);
  });
  const bearer = scraper(t, { url: `${url}?env`, bearerTokenEnv: 'ORRERY_TEST_SECRET' });
  const basicAuth = { username: 'ops', passwordEnv: 'ORRERY_TEST_SECRET' };
  const basic = scraper(t, { url: `${url}?basic`, basicAuth });
  const fromFile = scraper(t, { url: `${url}?file`, bearerTokenFile: file });
  await Promise.all([bearer, basic, fromFile].map(each => each.reaches('up')));
  assert.equal(seen.get('/metrics?env'), 'Bearer s3cret');
  assert.equal(seen.get('/metrics?basic'), `Basic ${btoa('ops:s3cret')}`);
  assert.equal(seen.get('/metrics?file'), 'Bearer first');
  writeFileSync(file, 'second\n');
  const isNew = async () => seen.get('/metrics?file') === 'Bearer second';
  await until('the new token', 5000, isNew);
});

test('TLS: refused from an unknown authority, taken from a known one or when told', async t => {
  const server = createTlsServer({
    cert: readFileSync(tls('cert')),
    key: readFileSync(tls('key')),
  });
  const url = (await serving(t, says(PAGE), server as unknown as Server)).replace(
    /^http:/,
    'https:',
  );
  const stranger = await scraper(t, { url }).reaches('down');
  assert.match(stranger.lastError ?? '', /self-signed certificate/);
  await scraper(t, { url, tls: { caFile: tls('cert') } }).reaches('up');
  await scraper(t, { url, tls: { rejectUnauthorized: false } }).reaches('up');
});

const HANGS: readonly (readonly [what: string, handler: Handler, why: RegExp])[] = [
  ['no answer', () => {}, /no answer within 0.1 s/],
  [
    'a body that never ends',
    (_request, response) => void response.writeHead(200, { 'content-type': TEXT }).write('a 1\n'),
    /no answer within 0.1 s/,
  ],
  [
    'a zipped body that never ends',
    (_request, response) => {
      response.writeHead(200, { 'content-type': TEXT, 'content-encoding': 'gzip' });
      response.write(gzipSync(PAGE).subarray(0, 12));
    },
    /no answer within 0.1 s/,
  ],
  [
    'a connection that breaks off',
    (_request, response) => {
      response.writeHead(200, { 'content-type': TEXT, 'content-length': '1000' });
      response.write(PAGE, () => response.destroy());
    },
    /broke off/,
  ],
  [
    'a zipped body that breaks off',
    (_request, response) => {
      const headers = { 'content-type': TEXT, 'content-encoding': 'gzip' };
      response.writeHead(200, { ...headers, 'content-length': '1000' });
      response.write(gzipSync(PAGE).subarray(0, 12), () => response.destroy());
    },
    /broke off|aborted|premature|unexpected end/i,
  ],
  [
    'a zipped body that is cut',
    says(gzipSync(PAGE).subarray(0, 20), { 'content-encoding': 'gzip' }),
    /unexpected end of file/,
  ],
  ['what is not gzip', says(PAGE, { 'content-encoding': 'gzip' }), /incorrect header check/],
  ['too much', says(`a 1\n`.repeat(1000)), /over 2048 bytes; raise maxBytes/],
  [
    'too much when unzipped',
    says(gzipSync('a 1\n'.repeat(100_000)), { 'content-encoding': 'gzip' }),
    /over 2048 bytes; raise maxBytes/,
  ],
  ['an error', says('exporter is ill', {}, 500), /HTTP 500 Internal Server Error: exporter is ill/],
  ['a redirect', says('', { location: '/elsewhere' }, 302), /HTTP 302/],
  [
    'HTML',
    says('<html></html>', { 'content-type': 'text/html' }),
    /content type 'text\/html' is not a metrics page; check the path/,
  ],
  ['JSON', says('{}', { 'content-type': 'application/json' }), /not a metrics page/],
];

for (const [what, handler, why] of HANGS) {
  test(`${what}: told, and the page is read once it is right`, async t => {
    let isIll = true;
    const url = await serving(t, (request, response) =>
      (isIll ? handler : says(PAGE))(request, response),
    );
    const scraped = scraper(t, { url, timeoutS: 0.1, maxBytes: 2048 });
    const health = await scraped.reaches('down');
    assert.match(health.lastError ?? '', why);
    assert.equal(health.samples, 0);
    assert.deepEqual([scraped.pages, [...new Set(scraped.ups())]], [[], [0]]);
    isIll = false;
    const well = await scraped.reaches('up');
    assert.equal(well.lastError, undefined);
    assert.equal(scraped.ups().at(-1), 1);
  });
}

test('exporters that send no content type are read', async t => {
  const url = await serving(t, (_request, response) => void response.end(PAGE));
  const scraped = scraper(t, { url });
  await scraped.reaches('up');
  assert.equal(scraped.pages[0].format, undefined);
});

test('nobody there: refused connections count, with the address', async t => {
  const scraped = scraper(t, { url: 'http://127.0.0.1:1/metrics' });
  const { lastError } = await scraped.reaches('down');
  assert.match(lastError ?? '', /http:\/\/127\.0\.0\.1:1\/metrics: .*ECONNREFUSED/);
});

test('stopping ends the request under way, and says nothing of the target', async t => {
  let isAsked = false;
  const url = await serving(t, () => {
    isAsked = true;
  });
  const scraped = scraper(t, { url, timeoutS: 60 });
  await until('the request', 5000, async () => isAsked);
  const startedAt = performance.now();
  await scraped.source.stop();
  assert.ok(performance.now() - startedAt < 2000);
  assert.deepEqual(scraped.samples, []);
});

test('back-off: from the third failure on doubled, never beyond a minute or the interval', () => {
  const of = (intervalS: number) => [0, 1, 2, 3, 4, 5, 6, 20].map(n => pauseS(intervalS, n));
  assert.deepEqual(of(5), [5, 5, 5, 10, 20, 40, 60, 60]);
  assert.deepEqual(of(15), [15, 15, 15, 30, 60, 60, 60, 60]);
  assert.deepEqual(of(300), [300, 300, 300, 300, 300, 300, 300, 300]);
});
