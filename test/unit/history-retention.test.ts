/** Which files of the history go, and from when on a tier is complete after that. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { StoredFile } from '../../server/history/store/checkpoint.ts';
import { historyConfig } from '../../server/history/store/config.ts';
import { HOUR_MS } from '../../server/history/store/contract.ts';
import { doomedFiles, keptFrom } from '../../server/history/store/retention.ts';

const MIB = 1024 * 1024;
const CONFIG = historyConfig.parse({
  keepRawS: 3600,
  keepMinutesS: 10 * 3600,
  maxBytes: 100 * MIB,
});

/** A file of the `n`th hour. */
const file = (tier: StoredFile['tier'], n: number, bytes = MIB): StoredFile => ({
  ...{ path: `${tier}-${n}`, tier, shelf: 'outer', rows: 1, bytes, first: 'a', last: 'z' },
  ...{ fromMs: n * HOUR_MS, toMs: (n + 1) * HOUR_MS },
});

const gone = (files: readonly StoredFile[], rolledToHour: number | undefined, atHour: number) =>
  doomedFiles(
    { files: [...files], rolledToMs: rolledToHour && rolledToHour * HOUR_MS },
    CONFIG,
    atHour * HOUR_MS,
  ).map(({ file: { path }, why }) => `${path} ${why}`);

test('each tier is kept for its time', () => {
  const files = [1, 2, 3].flatMap(n => [file('raw', n), file('1m', n), file('1h', n)]);
  assert.deepEqual(gone(files, 9, 3), ['raw-1 past its time']);
  assert.deepEqual(gone(files, 9, 13), [
    ...['raw-1', '1m-1', 'raw-2', '1m-2', 'raw-3'].map(path => `${path} past its time`),
  ]);
});

test('samples that are in no roll-up yet stay, however old, and however full the disk is', () => {
  const files = [file('raw', 1, 90 * MIB), file('raw', 2, 90 * MIB), file('1m', 1)];
  assert.deepEqual(gone(files, undefined, 5), ['1m-1 the disk budget']);
  assert.deepEqual(gone(files, 2, 5), ['raw-1 past its time']);
});

test('a full disk takes the oldest of the finest, whole stretches, and no more than it has to', () => {
  const inner = { ...file('raw', 4, 30 * MIB), path: 'inner-4', shelf: 'inner' as const };
  const files = [file('1h', 1, 20 * MIB), file('raw', 5, 30 * MIB), file('raw', 4, 30 * MIB)];
  assert.deepEqual(gone(files, 9, 5), [], '80 MiB');
  assert.deepEqual(gone([...files, inner], 9, 5), [
    'raw-4 the disk budget',
    'inner-4 the disk budget',
  ]);
  const late = [file('1h', 1, 70 * MIB), file('1h', 2, 60 * MIB), file('1m', 3, 10 * MIB)];
  assert.deepEqual(gone(late, 9, 5), ['1m-3 the disk budget', '1h-1 the disk budget']);
});

test('a tier is complete from the hour behind the newest file that went', () => {
  const half = { ...file('raw', 3), toMs: 3.5 * HOUR_MS };
  const doomed = [half, file('raw', 1), file('1m', 7)].map(each => ({
    ...{ file: each, why: 'past its time' as const },
  }));
  assert.deepEqual(keptFrom({ '1m': 9 * HOUR_MS, '1h': HOUR_MS }, doomed), {
    ...{ raw: 4 * HOUR_MS, '1m': 9 * HOUR_MS, '1h': HOUR_MS },
  });
});
