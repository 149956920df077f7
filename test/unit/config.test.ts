import assert from 'node:assert/strict';
import test from 'node:test';
import { DEFAULT_CONFIG, parseConfig } from '../../server/config.ts';
import { fieldName } from '../../server/document.ts';

const HEAD = { apiVersion: 'orrery/v1', kind: 'Config' };

/** Fields that are complained of. */
const complaints = (parts: object): Record<string, string> => {
  const parsed = parseConfig({ ...HEAD, ...parts });
  if (parsed.ok) return {};
  return Object.fromEntries(parsed.problems.map(({ path, message }) => [fieldName(path), message]));
};

test('the shortest configuration has every default, and listens on loopback only', () => {
  const parsed = parseConfig(HEAD);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value, DEFAULT_CONFIG);
  assert.equal(parsed.value.http.host, '127.0.0.1');
  assert.deepEqual(parsed.value.http.tokens, []);
});

test('listening beyond loopback needs tokens', () => {
  const token = { name: 'ops', role: 'admin', tokenEnv: 'T' };
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'twin.example']) {
    assert.match(complaints({ http: { host } })['http.host'], /needs http\.tokens/);
    assert.deepEqual(complaints({ http: { host, tokens: [token] } }), {});
  }
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
    assert.deepEqual(complaints({ http: { host } }), {});
  }
});

test('mistakes are named by their field', () => {
  const fields = (parts: object) => Object.keys(complaints(parts));
  assert.deepEqual(fields({ http: { port: 70_000 } }), ['http.port']);
  assert.deepEqual(fields({ http: { prot: 1 } }), ['http.prot']);
  assert.deepEqual(fields({ http: { trustProxy: true } }), ['http.trustProxy']);
  assert.deepEqual(fields({ http: { tls: { certFile: 'a' } } }), ['http.tls.keyFile']);
  assert.deepEqual(fields({ metrics: { kinds: ['node'] } }), ['metrics.kinds[0]']);
  assert.match(complaints({ metrics: { signals: ['powerKW'] } })['metrics.signals[0]'], /powerKW/);
  assert.match(complaints({ forecast: { signals: ['heat'] } })['forecast.signals[0]'], /heat/);
  assert.deepEqual(fields({ kind: 'Inventory' }), ['kind']);
});

test('names are used once', () => {
  const scrape = { id: 'a', kind: 'scrape', url: 'http://h:9400/metrics' };
  assert.match(complaints({ sources: [scrape, scrape] })['sources[1].id'], /'a' is used twice/);
  const token = { name: 'ops', role: 'admin', tokenEnv: 'T' };
  const twice = complaints({ http: { tokens: [token, token] } });
  assert.match(twice['http.tokens[1].name'], /'ops' is used twice/);
});
