/** Times as they are written on the command line. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { instant, secondsOf } from '../../server/cli/instant.ts';
import { UserError } from '../../server/user-error.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12);

test('a time, or how long ago', () => {
  const ago = (text: string) => NOW_MS - instant('--at', text, NOW_MS);
  assert.deepEqual(['90s', '15m', '1.5h', '2d'].map(ago), [90e3, 900e3, 5400e3, 2 * 86_400e3]);
  assert.equal(ago('2026-01-31T13:00:00+02:00'), 3_600_000);
});

test('how long, in seconds unless it says otherwise', () => {
  assert.deepEqual(
    ['90', '90s', '15m', '1.5h', '2d'].map(text => secondsOf('--horizon', text)),
    [90, 90, 900, 5400, 172_800],
  );
});

test('what is no time is refused by the name of its flag', () => {
  for (const text of ['', 'yesterday', '15 m', '-15m', '999999999999d']) {
    const refused = (error: Error) =>
      error instanceof UserError && error.message.startsWith(`--at: '${text}' is no time`);
    assert.throws(() => instant('--at', text, NOW_MS), refused, text);
  }
  for (const text of ['', 'soon', '1w', '-90']) {
    assert.throws(() => secondsOf('--horizon', text), /^UserError|--horizon/, text);
  }
});
