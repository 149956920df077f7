import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readDocument } from '../../server/document.ts';
import {
  type PublishedAnswer,
  type PublishedModel,
  parsePapers,
  publishedModel,
  publishedModels,
  runPapers,
} from '../../twin/index.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/papers/own.yaml', import.meta.url));
const PUBLIC = fileURLToPath(new URL('../../../shared/data/paper-tables.yaml', import.meta.url));

const tableOf = (file: string) => {
  const read = readDocument(file);
  assert.ok(read.ok);
  const parsed = parsePapers(read.source.value);
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems));
  return parsed.value;
};

const oneRow = (kind: string, input: object, want: object) => {
  const parsed = parsePapers({
    schema: 'papers/1',
    items: [{ id: 'x', kind, rows: [{ in: input, want }] }],
  });
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems));
  return parsed.value;
};

/** A model that says what it was asked to say. */
const echo = publishedModel(
  'echo',
  z.object({ says: z.number().or(z.boolean()).or(z.string()) }),
  ({ says }): PublishedAnswer => ({ says }),
);
const broken: PublishedModel = {
  kind: 'broken',
  input: z.object({}),
  answer: () => {
    throw new RangeError('the range is left');
  },
};
const nan = publishedModel('nan', z.object({}), () => ({ says: Number.NaN }));
const MODELS = new Map([echo, broken, nan].map(model => [model.kind, model]));

test('each way of wanting something', () => {
  const verdicts: [number | boolean | string, object, boolean][] = [
    [0.903, { value: 0.9, abs: 0.003 }, true],
    [0.9031, { value: 0.9, abs: 0.003 }, false],
    [-110, { value: -100, rel: 0.1 }, true],
    [-89, { value: -100, rel: 0.1 }, false],
    [0, { value: 0, rel: 0.1 }, true],
    [5, { min: 5, max: 6 }, true],
    [4.99, { min: 5 }, false],
    [6.01, { max: 6 }, false],
    [84, { is: 84 }, true],
    [84.001, { is: 84 }, false],
    [false, { is: false }, true],
    [true, { is: false }, false],
    [true, { min: 0 }, false],
    ['dry', { is: 'dry' }, true],
  ];
  for (const [says, want, pass] of verdicts) {
    const { results } = runPapers(oneRow('echo', { says }, { says: want }), MODELS);
    assert.equal(results[0].pass, pass, JSON.stringify([says, want]));
    assert.equal(results[0].model, says);
  }
});

test('results name item, row, output, value and tolerance', () => {
  const table = oneRow('echo', { says: 2 }, { says: { value: 1, rel: 0.1 } });
  assert.deepEqual(runPapers(table, MODELS).results, [
    {
      ...{ id: 'x', kind: 'echo', row: 0, path: 'says', model: 2 },
      ...{ expected: 1, tolerance: { rel: 0.1 }, pass: false },
    },
  ]);
});

test('what has no answer fails with its reason', () => {
  const reason = (kind: string, input: object, path = 'says') => {
    const { results } = runPapers(oneRow(kind, input, { [path]: { min: 0 } }), MODELS);
    assert.equal(results[0].pass, false);
    assert.equal(results[0].model, null);
    return results[0].reason;
  };
  assert.match(reason('none', {}) ?? '', /no model of kind 'none'/);
  assert.equal(reason('broken', {}), 'the range is left');
  assert.match(reason('nan', {}) ?? '', /gives NaN/);
  assert.match(reason('echo', { says: 1 }, 'other') ?? '', /no other; it gives says/);
  assert.match(reason('echo', {}) ?? '', /^in\.says: /);
});

test('inputs that are not used are named', () => {
  const { results } = runPapers(oneRow('echo', { says: 1, also: 2 }, { says: { is: 1 } }), MODELS);
  assert.equal(results[0].pass, true);
  assert.equal(results[0].note, 'not used: also');
});

test('an id that stands twice is told; both items are run and counted', () => {
  const item = (id: string, is: number) => ({
    ...{ id, kind: 'echo', rows: [{ in: { says: 1 }, want: { says: { is } } }] },
  });
  const run = (...items: object[]) => {
    const parsed = parsePapers({ schema: 'papers/1', items });
    assert.ok(parsed.ok);
    return runPapers(parsed.value, MODELS);
  };
  const { results, remarks, itemCount, passCount } = run(item('a', 1), item('b', 1), item('a', 2));
  assert.deepEqual([results.length, itemCount, passCount], [3, 3, 2]);
  const message = "'a' is the id of items[0] as well; both are run";
  assert.deepEqual(remarks, [{ path: ['items', 2, 'id'], message }]);
  assert.deepEqual(run(item('a', 1), item('b', 1)).remarks, []);
});

test('the answer follows from kind and inputs: ids and order do not matter', () => {
  const { items } = tableOf(FIXTURE);
  const models = (of: typeof items) =>
    runPapers({ schema: 'papers/1', items: of }).results.map(result => result.model);
  const renamed = items.map(({ id: _, ...rest }, i) => ({ id: `x${i}`, ...rest }));
  assert.deepEqual(models(renamed), models(items));
  const turned = models(items.toReversed());
  assert.deepEqual(new Set(turned), new Set(models(items)));
});

test('a bad table names item, row and field', () => {
  const problems = (change: object, want: object = { x: { is: 1 } }) => {
    const row = { in: {}, want, ...change };
    const items = [{ id: 'a', kind: 'loop', rows: [row] }];
    const parsed = parsePapers({ schema: 'papers/1', items });
    return parsed.ok
      ? []
      : parsed.problems.map(({ path, message }) => `${path.join('.')} ${message}`);
  };
  assert.deepEqual(problems({}), []);
  assert.match(problems({ in: 3 })[0], /^items\.0\.rows\.0\.in /);
  assert.match(problems({}, { x: { value: 1 } })[0], /^items\.0\.rows\.0\.want\.x value needs rel/);
  assert.match(problems({}, { x: {} })[0], /says nothing/);
  assert.match(problems({}, { x: { near: 1 } }).join(), /near/);
  assert.match(problems({}, {})[0], /empty/);
  assert.equal(parsePapers({ schema: 'papers/2', items: [] }).ok, false);
  assert.equal(parsePapers(undefined).ok, false);
});

test('every kind refuses an empty input', () => {
  for (const [kind, model] of publishedModels) {
    assert.equal(model.input.safeParse({}).success, false, kind);
    assert.equal(model.kind, kind);
  }
});

test('own items pass', () => {
  const { results, problems } = runPapers(tableOf(FIXTURE));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    results.filter(result => !result.pass),
    [],
  );
  assert.ok(results.length > 20);
});

const missing = existsSync(PUBLIC) ? false : 'the shared table of published results is not here';
test('published results are reproduced', { skip: missing }, () => {
  const { results, problems } = runPapers(tableOf(PUBLIC));
  assert.deepEqual(problems, []);
  assert.equal(new Set(results.map(result => result.id)).size, 19);
  assert.deepEqual(
    results.filter(result => !result.pass),
    [],
  );
});

test('the same question has the same answer', () => {
  assert.deepEqual(runPapers(tableOf(FIXTURE)), runPapers(tableOf(FIXTURE)));
});
