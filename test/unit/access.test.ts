import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { createAuthenticate, mayAct, tokenConfig } from '../../server/security/access.ts';
import { createOriginCheck } from '../../server/security/origin.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const TOKENS = [
  tokenConfig.parse({ name: 'grafana', role: 'viewer', sha256: sha256('view-1') }),
  tokenConfig.parse({ name: 'ops', role: 'operator', sha256: sha256('operate-1') }),
];

test('a token leads to its name and role, and to nothing else of it', () => {
  const authenticate = createAuthenticate(TOKENS);
  assert.deepEqual(authenticate('Bearer view-1'), { name: 'grafana', role: 'viewer' });
  assert.deepEqual(authenticate('bearer operate-1 '), { name: 'ops', role: 'operator' });
});

test('no token, another scheme and a wrong token are told apart', () => {
  const authenticate = createAuthenticate(TOKENS);
  assert.equal(authenticate(undefined), 'anonymous');
  assert.equal(authenticate('Basic dmlldy0x'), 'anonymous');
  for (const wrong of [
    'Bearer view-2',
    'Bearer view-',
    'Bearer view-1x',
    `Bearer ${sha256('view-1')}`,
  ]) {
    assert.equal(authenticate(wrong), 'unknown', wrong);
  }
});

test('without tokens everyone is admin', () => {
  assert.deepEqual(createAuthenticate([])(undefined), { name: 'local', role: 'admin' });
});

test('secrets come from a file or the environment; one that is missing is named', t => {
  const dir = mkdtempSync(join(tmpdir(), 'orrery-token-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'token');
  writeFileSync(file, 'from-file\n');
  process.env.ORRERY_TEST_TOKEN = 'from-env';
  const authenticate = createAuthenticate([
    tokenConfig.parse({ name: 'file', role: 'admin', tokenFile: file }),
    tokenConfig.parse({ name: 'env', role: 'viewer', tokenEnv: 'ORRERY_TEST_TOKEN' }),
  ]);
  delete process.env.ORRERY_TEST_TOKEN;
  assert.deepEqual(authenticate('Bearer from-file'), { name: 'file', role: 'admin' });
  assert.deepEqual(authenticate('Bearer from-env'), { name: 'env', role: 'viewer' });
  const unset = tokenConfig.parse({ name: 'gone', role: 'viewer', tokenEnv: 'ORRERY_TEST_TOKEN' });
  assert.throws(() => createAuthenticate([unset]), /'gone'.*ORRERY_TEST_TOKEN/);
  writeFileSync(file, '');
  const empty = tokenConfig.parse({ name: 'empty', role: 'viewer', tokenFile: file });
  assert.throws(() => createAuthenticate([empty]), /'empty'.*token is empty/);
});

test('a token has exactly one place to come from', () => {
  assert.equal(tokenConfig.safeParse({ name: 'a', role: 'viewer' }).success, false);
  const two = { name: 'a', role: 'viewer', tokenEnv: 'A', tokenFile: 'b' };
  assert.equal(tokenConfig.safeParse(two).success, false);
});

test('each role may do what those before it may', () => {
  const may = (['viewer', 'operator', 'admin'] as const).map(role =>
    (['viewer', 'operator', 'admin'] as const).map(needed => mayAct({ name: 'x', role }, needed)),
  );
  assert.deepEqual(may, [
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});

const request = (method: string, headers: Record<string, string>) =>
  ({ method, headers }) as unknown as IncomingMessage;

test('without tokens, pages of other sites can neither ask nor listen', () => {
  const check = createOriginCheck(false, ['twin.example']);
  const own = { host: '127.0.0.1:9595' };
  const isTaken = (method: string, headers: Record<string, string>) =>
    check(request(method, headers)) === undefined;
  assert.ok(isTaken('POST', own), 'curl');
  assert.ok(isTaken('POST', { ...own, origin: 'http://127.0.0.1:9595' }), 'our page');
  assert.ok(isTaken('GET', { ...own, 'sec-fetch-site': 'cross-site' }), 'a link from elsewhere');
  assert.ok(isTaken('POST', { host: 'twin.example', origin: 'https://twin.example' }), 'a proxy');
  assert.ok(isTaken('GET', { host: '[::1]:9595' }));
  assert.ok(!isTaken('POST', { ...own, origin: 'https://evil.example' }));
  assert.ok(!isTaken('POST', { ...own, origin: 'null' }));
  assert.ok(!isTaken('POST', { ...own, origin: 'http://127.0.0.1:3000' }), 'another port');
  assert.ok(!isTaken('POST', { ...own, 'sec-fetch-site': 'cross-site' }));
  const socket = { ...own, upgrade: 'websocket' };
  assert.ok(!isTaken('GET', { ...socket, origin: 'https://evil.example' }));
  assert.ok(isTaken('GET', { ...socket, origin: 'http://127.0.0.1:9595' }));
  assert.ok(!isTaken('GET', { host: 'rebound.example:9595' }), 'DNS rebinding');
});

test('with tokens the origin does not matter: a page of others has none', () => {
  const check = createOriginCheck(true, []);
  assert.equal(check(request('POST', { host: 'a', origin: 'https://b' })), undefined);
});
