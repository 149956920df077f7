import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { check, checkQuery, parseBody, selectFields } from '../../server/api/check.ts';
import { fieldErrors, ProblemError, problemDocument } from '../../server/api/problem.ts';
import { listOf, pageQuery, route } from '../../server/api/route.ts';

test('the title of a problem is the phrase of its status', () => {
  const document = problemDocument(404, 'no such rack', { instance: '/x' });
  assert.deepEqual(document, {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'no such rack',
    instance: '/x',
  });
});

test('paths are written as people write them', () => {
  const [error] = fieldErrors([{ path: ['site', 'halls', 0, 'id'], message: 'missing' }]);
  assert.deepEqual(error, { path: 'site.halls[0].id', message: 'missing' });
});

const thrown = (run: () => unknown): ProblemError => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return error;
  }
  throw new Error('nothing was thrown');
};

const ROWS = route({
  ...{ method: 'get', path: '/x', summary: '', tag: '', role: 'viewer' },
  query: z.object({ kind: z.string().optional(), ...pageQuery }),
  answer: listOf(z.object({ id: z.string(), size: z.number(), colour: z.string() })),
  handle: () => undefined,
});

test('a query gets its defaults, and every stranger and repetition in it a complaint', () => {
  assert.deepEqual(checkQuery(ROWS, { kind: 'rack' }), { kind: 'rack', limit: 100 });
  const error = thrown(() => checkQuery(ROWS, { knd: 'rack', limit: ['1', '2'] }));
  assert.equal(error.status, 400);
  assert.deepEqual(error.errors, [
    { path: 'knd', message: 'not a parameter of this; there are kind, limit, cursor, fields' },
    { path: 'limit', message: 'given more than once' },
  ]);
});

test('a body is complained of field by field, unknown fields too', () => {
  const schema = z.strictObject({ place: z.strictObject({ gpus: z.number() }) });
  const error = thrown(() => check('body', schema, { place: { gpus: 'x', cpus: 1 }, other: 2 }));
  assert.deepEqual(
    error.errors.map(each => each.path),
    ['place.gpus', 'place.cpus', 'other'],
  );
  assert.match(error.message, /^body place\.gpus: /);
});

test('JSON and YAML are bodies; anything else says what it should be', () => {
  assert.deepEqual(parseBody('{"a":[1]}'), { a: [1] });
  assert.deepEqual(parseBody('a:\n  - 1\n'), { a: [1] });
  assert.equal(thrown(() => parseBody(undefined)).status, 415);
  assert.equal(thrown(() => parseBody('a: [1')).status, 400);
});

test('chosen fields are kept beside the id; one that does not exist is refused', () => {
  const answer = { items: [{ id: 'a', size: 1, colour: 'red' }], next: '1' };
  assert.deepEqual(selectFields(ROWS, answer, 'size'), {
    items: [{ id: 'a', size: 1 }],
    next: '1',
  });
  assert.equal(selectFields(ROWS, answer, undefined), answer);
  const error = thrown(() => selectFields(ROWS, answer, 'size,weight'));
  assert.match(error.message, /'weight' is not a field; there are id, size, colour/);
});
