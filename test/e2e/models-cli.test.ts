/** `model` and `energy` as users meet them: answers, lists, complaints that name what is wrong. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { orrery } from '../support/orrery-cli.ts';
import { temporaryDir } from '../support/outside-process.ts';

test('model: a list with what each takes, an answer, and what is missing by name', async () => {
  const list = await orrery(['model']);
  assert.equal(list.code, 0, list.stderr);
  assert.match(list.stdout, /^breaker +ratedA voltageV phases\? loadW\?$/m);
  const { items } = JSON.parse((await orrery(['model', '--json'])).stdout);
  const breaker = items.find((each: { kind: string }) => each.kind === 'breaker');
  assert.deepEqual(breaker.input.required, ['ratedA', 'voltageV']);
  const asked = await orrery(['model', 'breaker', 'ratedA=16', 'voltageV=220', '--json']);
  assert.deepEqual(JSON.parse(asked.stdout).continuousW, 2816);
  const bad = await orrery(['model', 'breaker', 'ratedA=16']);
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /^voltageV: missing.*\nbreaker takes ratedA voltageV/);
  const strange = await orrery(['model', 'steam']);
  assert.deepEqual([strange.code, /no model of kind 'steam'/.test(strange.stderr)], [2, true]);
});

/** A year of the same hour. */
function epw(dryBulbC: number, dewPointC: number): string {
  const header = ['LOCATION,Nowhere,-,-,-,0,50,0,0,10', ...Array(7).fill('-')];
  const hour = ['2020', '1', '1', '1', '60', '?', dryBulbC, dewPointC, 50, 101_325, 0, 0].join(',');
  return [...header, ...Array(8760).fill(hour)].join('\n');
}

test('energy: a cold year needs no compressor, a hot one does; complaints name the flag', async t => {
  const dir = await temporaryDir('energy');
  t.after(() => rm(dir, { recursive: true }));
  const year = async (name: string, text: string, ...more: string[]) => {
    const file = join(dir, name);
    await writeFile(file, text);
    return orrery(['energy', '--epw', file, '--json', ...more]);
  };
  const cold = JSON.parse((await year('cold.epw', epw(2, 0))).stdout);
  const hot = JSON.parse((await year('hot.epw', epw(38, 20), '--dry', '--grid', '0.1')).stdout);
  assert.equal(cold.freeHours, 8760);
  assert.equal(hot.freeHours, 0);
  assert.ok(cold.pue > 1 && cold.pue < hot.pue && hot.pue < 1.6, `${cold.pue} ${hot.pue}`);
  assert.equal(hot.waterL, 0);
  const kwh = Object.values<number>(hot.energy).reduce((sum, part) => sum + part, 0);
  assert.ok(Math.abs(hot.carbonKg / (0.1 * kwh) - 1) < 1e-9);
  const wrong = await year('no.epw', 'hello');
  assert.deepEqual([wrong.code, /begins with LOCATION/.test(wrong.stderr)], [2, true]);
  const ratio = await year('cold.epw', epw(2, 0), '--liquid', '2');
  assert.deepEqual([ratio.code, /--liquid: '2'/.test(ratio.stderr)], [2, true]);
});
