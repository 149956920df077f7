import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { gzipSync } from 'node:zlib';
import { orrery } from '../support/orrery-cli.ts';
import { powerTrace } from '../support/power-trace.ts';

const dir = mkdtempSync(join(tmpdir(), 'orrery-fidelity-'));
after(() => rmSync(dir, { recursive: true }));

const rows = powerTrace({ hosts: 3, days: 1, stepS: 300, seed: 6 });
const lines = Array.from({ length: rows.count }, (_, row) =>
  [
    new Date(rows.atMs[row]).toISOString(),
    rows.entities[rows.entity[row]],
    rows.powerW[row],
    rows.utils[0][row],
    (20 + rows.powerW[row] / 20).toFixed(0),
  ].join(','),
);
const trace = join(dir, 'trace.csv.gz');
writeFileSync(trace, gzipSync(`at,host,watts,cpu,inlet\n${lines.join('\n')}\n`));
const map = 'time=at,power=watts,util=cpu,temp=inlet,entity=host';

test('fidelity: the figures of the contract, for the sum and for each host', async () => {
  const { code, stdout } = await orrery(['fidelity', '--trace', trace, '--map', map, '--json']);
  assert.equal(code, 0);
  const report = JSON.parse(stdout);
  assert.deepEqual(
    report.entities.map((each: { entity: string }) => each.entity),
    ['host-000', 'host-001', 'host-002'],
  );
  for (const each of [report, report.sum, report.pooled, ...report.entities]) {
    for (const key of [
      ...['n', 'skipped', 'mapePct', 'biasPct', 'rmse', 'hoursUnder10Pct', 'skillPersistence'],
      ...['skillMean', 'coverage90', 'cpuS'],
    ]) {
      assert.equal(typeof each[key], 'number', key);
    }
  }
  assert.equal(report.pooled.n, 3 * 276);
  assert.equal(report.n, 276);
  assert.ok(report.temp.mae < 5);
  const { code: again, stdout: same } = await orrery([
    ...['fidelity', '--trace', trace, '--map', map, '--reveal', '60m', '--json'],
  ]);
  assert.equal(again, 0);
  const timeless = (text: string) => text.replaceAll(/"cpuS": [\d.e-]+/g, '');
  assert.equal(timeless(same), timeless(stdout));
});

test('fidelity: a table for people, and bad input named', async () => {
  const { code, stdout, stderr } = await orrery(['fidelity', '--trace', trace, '--map', map]);
  assert.equal(code, 0);
  assert.match(stdout, /^entity +n +MAPE %/);
  assert.match(stdout, /\nsum +276 /);
  assert.match(stdout, /not scored: nothing revealed yet: 36\n/);
  assert.match(stderr, /864 rows, [\d.]+ s of CPU/);
  for (const [args, message] of [
    [['--map', 'time=at,power=amps'], /power=amps: .* no such column; it has at, host, watts/],
    [['--map', map, '--reveal', 'often'], /--reveal: 'often' is no duration/],
  ] as const) {
    const bad = await orrery(['fidelity', '--trace', trace, ...args]);
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, message);
  }
  const never = await orrery(['fidelity', '--trace', trace, '--map', map, '--reveal', '1y']);
  assert.equal(never.code, 1);
  assert.match(never.stderr, /nothing scored: .*is --reveal 1y too long\?/);
  const words = await orrery(['fidelity', '--trace', trace, '--map', 'time=at,power=host']);
  assert.equal(words.code, 1);
  assert.match(words.stderr, /576 of 864 rows share their time with another: is entity=COLUMN/);
  assert.match(words.stderr, /nothing scored: no number in power=host/);
});

test('fidelity --predictions: what the scores are made of, line by line', async () => {
  const file = join(dir, 'predictions.csv');
  const asked = ['fidelity', '--trace', trace, '--map', map, '--json', '--predictions'];
  const { code, stdout } = await orrery([...asked, file]);
  assert.equal(code, 0);
  const report = JSON.parse(stdout);
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  assert.equal(header, 'time,entity,power,predicted,lower,upper,persistence');
  assert.equal(lines.length, 3 * 288 + 276);
  const cells = lines.map(line => line.split(','));
  for (const { entity, n, mapePct, coverage90 } of [
    ...report.entities,
    { ...report.sum, entity: 'sum' },
  ]) {
    const scored = cells.filter(([, name, , predicted]) => name === entity && predicted !== '');
    assert.equal(scored.length, n, entity);
    const values = scored.map(row => row.slice(2).map(Number));
    const errors = values.map(([power, predicted]) => Math.abs(predicted / power - 1));
    assert.ok(Math.abs((100 * errors.reduce((a, b) => a + b)) / n - mapePct) < 1e-9, entity);
    const inside = values.filter(([power, , lower, upper]) => lower <= power && power <= upper);
    assert.equal(inside.length / n, coverage90);
  }
  // Nothing is known before the first reveal, and then no band is given.
  assert.match(lines[0], /Z,host-000,[\d.]+,,,,$/);
  const nowhere = await orrery([...asked, join(dir, 'no', 'such', 'place.csv')]);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /--predictions .*place\.csv: ENOENT/);
});
