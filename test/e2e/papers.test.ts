/** `papers` as users meet it: exit codes, one JSON document, complaints that name a place. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { orrery, ROOT } from '../support/orrery-cli.ts';
import { temporaryDir } from '../support/outside-process.ts';

const OWN = join(ROOT, 'test/fixtures/papers/own.yaml');

const table = (rows: string) =>
  `schema: papers/1\nitems:\n- id: x\n  kind: bin_bound\n  rows:\n${rows}`;
const GOOD = '  - {in: {needs: {a: 7}, capacity: {a: 2}}, want: {hosts: {is: 4}}}\n';
const WRONG = '  - {in: {needs: {a: 7}, capacity: {a: 2}}, want: {hosts: {is: 5}}}\n';
const NO_INPUT = '  - {in: {needs: {a: 7}}, want: {hosts: {is: 4}}}\n';

test('all agree: 0, with a table and a total', async () => {
  const { code, stdout, stderr } = await orrery(['papers', OWN]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^item +kind +row +output +model +expected/);
  assert.match(stdout, /7 of 7 items pass\n$/);
});

test('gzipped and from standard input, as JSON', async t => {
  const dir = await temporaryDir('papers');
  t.after(() => rm(dir, { recursive: true }));
  const file = join(dir, 'own.yaml.gz');
  await writeFile(file, gzipSync(readFileSync(OWN)));
  const zipped = await orrery(['papers', file, '--json']);
  assert.equal(zipped.code, 0, zipped.stderr);
  const { items } = JSON.parse(zipped.stdout) as { items: Record<string, unknown>[] };
  assert.deepEqual(
    { ...items[0], model: 240 },
    {
      ...{ id: 'small-fleet', kind: 'interruptions', row: 0, path: 'mttiH', model: 240 },
      ...{ expected: 240, tolerance: { rel: 1e-9 }, pass: true, note: items[0].note },
    },
  );
  const piped = await orrery(['papers', '-', '--json'], { stdin: readFileSync(OWN, 'utf8') });
  assert.equal(piped.stdout, zipped.stdout);
});

test('one disagrees: 1, and the rest is still said', async () => {
  const { code, stdout } = await orrery(['papers', '-'], { stdin: table(WRONG + GOOD) });
  assert.equal(code, 1);
  assert.match(stdout, /hosts +4 +5 +FAIL/);
  assert.match(stdout, /hosts +4 +4 +pass/);
  assert.match(stdout, /0 of 1 items pass/);
});

test('an unknown kind fails its item alone: 1', async () => {
  const other = `${table(GOOD)}- {id: y, kind: tea, rows: [{in: {}, want: {cups: {is: 1}}}]}\n`;
  const { code, stdout } = await orrery(['papers', '-'], { stdin: other });
  assert.equal(code, 1);
  assert.match(stdout, /no model of kind 'tea'/);
  assert.match(stdout, /1 of 2 items pass/);
});

test('an input that does not fit is bad input: 2, naming the place, and the rest is run', async () => {
  const { code, stdout, stderr } = await orrery(['papers', '-'], { stdin: table(GOOD + NO_INPUT) });
  assert.equal(code, 2);
  assert.match(stderr, /^-:7: items\[0\]\.rows\[1\]\.in\.capacity: /);
  assert.match(stdout, /hosts +4 +4 +pass/);
});

test('several files, an id twice: every item counts, and the second is told', async t => {
  const dir = await temporaryDir('papers');
  t.after(() => rm(dir, { recursive: true }));
  const file = join(dir, 'twice.yaml');
  await writeFile(file, `${table(GOOD)}${table(WRONG).replace(/^[^-]*/, '')}`);
  const { code, stdout, stderr } = await orrery(['papers', file, OWN]);
  assert.equal(code, 1);
  assert.match(stdout, /8 of 9 items pass\n$/);
  assert.match(stderr, /^\S*twice\.yaml:7: items\[1\]\.id: 'x' is the id of items\[0\] as well/);
});

test('a table that is none: 2', async () => {
  for (const [text, says] of [
    ['schema: papers/9\nitems: []\n', /-:1: schema: must be 'papers\/1'/],
    [
      table('  - {in: {}, want: {hosts: {about: 4}}}\n'),
      /-:6: items\[0\].*want\.hosts\.about: not/,
    ],
  ] as const) {
    const { code, stderr } = await orrery(['papers', '-'], { stdin: text });
    assert.equal(code, 2, text);
    assert.match(stderr, says);
  }
  const { code, stderr } = await orrery(['papers', 'not-there.yaml']);
  assert.equal(code, 2);
  assert.match(stderr, /not-there\.yaml: no such file/);
});
