/** What an operator finds in the log: a line an event, no floods, no secrets. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { createHttpServer } from '../../server/api/listen.ts';
import { DEFAULT_CONFIG } from '../../server/config.ts';
import type { SourceHealth, SourceState } from '../../server/ingest/contract.ts';
import { createLog, seldom } from '../../server/log.ts';
import { serve } from '../../server/serve.ts';
import { createSourceLog } from '../../server/source-log.ts';
import { UserError } from '../../server/user-error.ts';
import { smallTopology } from '../support/small-service.ts';

interface Line extends Record<string, unknown> {
  readonly level: string;
  readonly msg: string;
}

function watched() {
  const lines: Line[] = [];
  const log = createLog('info', { write: text => lines.push(JSON.parse(text)) });
  return { lines, log };
}

const health = (n: number, state: SourceState): SourceHealth => ({
  ...{ id: `s${n}`, kind: 'scrape', target: '', state, samples: 0, dropped: {} },
  lastError: `ECONNREFUSED ${'x'.repeat(5000)}`,
});

test('a hundred sources that fall silent for ten minutes are two lines', () => {
  const { lines, log } = watched();
  let state: SourceState = 'up';
  const all = () => Array.from({ length: 100 }, (_, n) => health(n, n < 60 ? state : 'up'));
  const sourceLog = createSourceLog(all, log);
  const look = (times: number) => {
    for (let i = 0; i < times; i++) sourceLog.round();
  };
  look(5);
  state = 'down';
  look(60);
  state = 'up';
  look(60);
  assert.deepEqual(
    lines.map(({ level, msg, count, down, of }) => ({ level, msg, count, down, of })),
    [
      { level: 'warn', msg: 'sources do not answer', count: 60, down: 60, of: 100 },
      { level: 'info', msg: 'sources answer again', count: 60, down: 0, of: 100 },
    ],
  );
  assert.ok(JSON.stringify(lines).length < 3000, 'a few are named, and no page is quoted');
  assert.match((lines[0].errors as Record<string, string>).s0, /^ECONNREFUSED/);
});

test('one lost answer is no news', () => {
  const { lines, log } = watched();
  let look = 0;
  const sourceLog = createSourceLog(() => [health(1, look % 2 === 0 ? 'down' : 'up')], log);
  for (; look < 20; look++) sourceLog.round();
  assert.deepEqual(lines, []);
});

test('a sender whose samples are refused is told of; one that is forgotten is not back', () => {
  const { lines, log } = watched();
  let all: SourceHealth[] = [];
  const sourceLog = createSourceLog(() => all, log);
  for (const state of ['degraded', 'up', 'down', 'gone'] as const) {
    all = state === 'gone' ? [] : [{ ...health(1, state), kind: 'remoteWrite' }];
    for (let look = 0; look < 5; look++) sourceLog.round();
  }
  assert.deepEqual(
    lines.map(({ msg, count }) => [msg, count]),
    [
      ['what senders write is refused', 1],
      ['what senders write is taken again', 1],
      ['sources do not answer', 1],
    ],
  );
});

test('what happens all the time is said once a minute, with how often it was not said', () => {
  const said: [string, number][] = [];
  let nowMs = 0;
  const tell = seldom((what: string, unsaid) => said.push([what, unsaid]), { nowMs: () => nowMs });
  for (; nowMs < 120_000; nowMs += 1000) tell(`at ${nowMs / 1000}`);
  assert.deepEqual(said, [
    ['at 0', 0],
    ['at 60', 59],
  ]);
});

test('who is refused in a tight loop does not fill the log', async () => {
  const { lines, log } = watched();
  const config = {
    ...DEFAULT_CONFIG,
    http: { ...DEFAULT_CONFIG.http, port: 0, requestsPerMinute: 1 },
  };
  const clock = { now: Date.now, speed: 1 };
  const serving = await serve({ topology: smallTopology(), config, clock, version: 'test', log });
  try {
    for (let i = 0; i < 100; i++) await fetch(`${serving.url}/api/v1/kinds`);
  } finally {
    await serving.stop();
  }
  const refused = lines.filter(({ msg, status }) => msg === 'request' && status === 429);
  assert.ok(refused.length > 5 && refused.length <= 30, `${refused.length} lines`);
});

test('secrets do not show, however deep they lie', () => {
  const { lines, log } = watched();
  log.info({ password: 'geheim', source: { token: 'geheim', at: { secret: 'geheim' } } }, 'x');
  assert.doesNotMatch(JSON.stringify(lines), /geheim/);
});

test('a certificate that is none, and a data directory that is a file, name their field', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'orrery-log-'));
  try {
    const file = join(dir, 'junk');
    writeFileSync(file, 'junk');
    const tls = { certFile: file, keyFile: file };
    assert.throws(
      () => createHttpServer({ ...DEFAULT_CONFIG.http, tls }, () => {}),
      (error: unknown) => error instanceof UserError && /^http\.tls: /.test(error.message),
    );
    const storage = { ...DEFAULT_CONFIG.storage, dir: file };
    const config = { ...DEFAULT_CONFIG, storage, logLevel: 'silent' as const };
    const clock = { now: Date.now, speed: 1 };
    await assert.rejects(
      serve({ topology: smallTopology(), config, clock, version: 'test' }),
      (error: unknown) =>
        error instanceof UserError && /^storage\.dir \S+junk: /.test(error.message),
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
});
