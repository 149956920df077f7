/** The import directions of the design hold, and the check that says so can fail. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { importsOf, RULES, readSources, violationsIn } from '../support/boundaries.ts';

const ROOT = new URL('../../', import.meta.url);

test('every file imports only what it may', () => {
  const sources = readSources(ROOT);
  for (const part of ['twin/', 'server/', 'scenarios/plant/', 'dashboards/live/src/', 'test/']) {
    assert.ok([...sources.keys()].filter(file => file.startsWith(part)).length > 20, part);
  }
  const lines = violationsIn(sources).map(
    ({ file, line, rule, what }) => `${file}:${line} [${rule}] ${what}`,
  );
  assert.deepEqual(lines, []);
});

/** File, what is planted in it, and the rule that must say no. */
const PLANTED: readonly (readonly [file: string, source: string, rule: string])[] = [
  ['twin/a.ts', "import { readFileSync } from 'node:fs';", 'twin is closed'],
  ['twin/a.ts', "import express from 'express';", 'twin is closed'],
  ['twin/a.ts', "import 'zodiac';", 'twin is closed'],
  ['twin/b/a.ts', "import type { Clock } from '../../server/clock.ts';", 'twin is closed'],
  ['twin/b/a.ts', "export * from '../../scenarios/plant/random.ts';", 'twin is closed'],
  ['twin/a.ts', "const fs = await import('node:fs');", 'twin is closed'],
  ['twin/a.ts', "type Fs = typeof import('node:fs');", 'twin is closed'],
  ['twin/a.ts', "import {\n  type A,\n  b,\n} from '../server/a.ts';", 'twin is closed'],
  ['twin/place/a.ts', "import { ask } from '../whatif/whatif.ts';", 'floors of the engine'],
  ['twin/state/a.ts', "import type { Twin } from '../twin.ts';", 'floors of the engine'],
  ['server/a.ts', "import { State } from '../twin/state/state.ts';", 'one door'],
  ['server/a.ts', "import type { State } from '../twin/state/state.ts';", 'one door'],
  ['server/cli.ts', "import { State } from '../twin/state/state.ts';", 'one door'],
  ['dashboards/live/src/a.tsx', "import { K } from '../../../twin/tables/kinds.ts';", 'one door'],
  ['scenarios/a.ts', "export { K } from '../twin/tables/kinds.ts';", 'one door'],
  ['server/a.ts', "import { b } from '../dashboards/grafana/build.ts';", 'server apart'],
  ['server/a.ts', "import type { Truth } from '../scenarios/plant/truth.ts';", 'server apart'],
  ['server/bench/a.ts', "import { s } from '../../scenarios/a.ts';", 'server apart'],
  ['dashboards/live/src/a.ts', "import { s } from '../../../server/a.ts';", 'dashboards apart'],
  ['dashboards/grafana/a.ts', "import { s } from '../../scenarios/a.ts';", 'dashboards apart'],
  ['scenarios/a.ts', "import { s } from '../server/a.ts';", 'scenarios apart'],
  ['scenarios/a.ts', "import { s } from '../dashboards/grafana/a.ts';", 'scenarios apart'],
  ['server/serve.ts', "import { main } from './cli.ts';", 'root on top'],
  ['server/api/a.ts', "import { main } from '../cli/output.ts';", 'root on top'],
  ['scenarios/plant/a.ts', "import { KINDS } from '../../twin/index.ts';", 'plant is alone'],
  ['scenarios/plant/a.ts', "import { run } from '../runner.ts';", 'plant is alone'],
  ['scenarios/lab/a.ts', "import { KINDS } from '../../twin/index.ts';", 'lab is alone'],
  ['scenarios/lab/a.ts', "import { run } from '../runner.ts';", 'lab is alone'],
  ['server/a.ts', "import { until } from '../test/support/a.ts';", 'no product code from tests'],
  ['twin/a.ts', 'const x = Math.random();', 'no randomness'],
  ['twin/a.ts', "const x = Math['random']();", 'no randomness'],
  ['twin/a.ts', 'const { random } = Math;', 'no randomness'],
  ['twin/a.ts', "const m = await import('node:'.concat(name));", 'no computed import'],
  ['twin/a.ts', 'const m = await import(name);', 'no computed import'],
  ['twin/a.ts', "const f = new Function('return Date.now()');", 'no code from text'],
  ['twin/a.ts', 'const text = value.toLocaleString();', 'no locale'],
];

for (const [file, source, rule] of PLANTED) {
  test(`planted in ${file}: ${source.replaceAll('\n', ' ')}`, () => {
    const found = violationsIn(new Map([[file, `/** Planted. */\n${source}\n`]]));
    assert.ok(
      found.some(violation => violation.rule === rule && violation.file === file),
      `wanted [${rule}], found ${JSON.stringify(found)}`,
    );
    assert.equal(found[0].line, 2);
  });
}

test('the plant may not reach the engine through others either', () => {
  const found = violationsIn(
    new Map([
      ['scenarios/plant/main.ts', "import { a } from './a.ts';"],
      ['scenarios/plant/a.ts', "import { b } from '../shared.ts';"],
      ['scenarios/shared.ts', "import { powerAt } from '../twin/index.ts';"],
    ]),
  );
  const paths = found.filter(({ rule }) => rule === 'plant never reaches twin');
  assert.match(paths[0].what, /main.ts > .*a.ts > scenarios\/shared.ts > twin\/index.ts/);
});

test('every rule has a planted violation', () => {
  const planted = new Set(PLANTED.map(([, , rule]) => rule));
  assert.deepEqual(
    RULES.map(({ id }) => id).filter(id => !planted.has(id)),
    [],
  );
});

test('what is allowed stays allowed', () => {
  const allowed: readonly (readonly [string, string])[] = [
    ['twin/a.ts', "import { z } from 'zod';\nimport { b } from './b.ts';"],
    ['twin/physics/transient/a.ts', "import { State } from '../../state/state.ts';"],
    ['twin/a.ts', '// import fs from "node:fs"\n/*\nimport x from "express";\n*/'],
    ['twin/a.ts', "const url = 'http://a//b'; const isRandom = random(3);"],
    ['server/cli/demo.ts', "import type { Site } from '../../scenarios/plant/site.ts';"],
    ['server/a.ts', "import { State } from '../twin/index.ts';\nimport fs from 'node:fs';"],
    ['scenarios/plant/a.ts', "import { b } from './pages/b.ts';\nimport fs from 'node:fs';"],
    ['test/unit/a.ts', "import { State } from '../../twin/state/state.ts';"],
  ];
  for (const entry of allowed) assert.deepEqual(violationsIn(new Map([entry])), [], entry[1]);
});

test('imports of every form are seen', () => {
  const source = [
    "import 'a';",
    "import b from 'b';",
    "import type { C } from 'c';",
    "import {\n  d,\n} from 'd';",
    "export { e } from 'e';",
    "export * as f from 'f';",
    "const g = await import('g');",
    "const h = require('h');",
    "export const text = 'from';",
  ].join('\n');
  assert.deepEqual(
    importsOf('x.ts', source)
      .map(({ name }) => name)
      .sort(),
    [...'abcdefgh'],
  );
});
