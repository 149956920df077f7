/** The published description of the API: whole, and consistent in itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { openApi } from '../../server/api/openapi.ts';
import { WRITE_PATH } from '../../server/api/route.ts';
import { ROUTES } from '../../server/api/routes/index.ts';
import { PROM_PATH, PROM_ROUTES } from '../../server/promql/http/described.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { content: Record<string, object> };
  readonly responses: Record<string, { description: string; content?: Record<string, object> }>;
}

const description = JSON.parse(JSON.stringify(openApi(ROUTES)));
const operations = Object.entries(
  description.paths as Record<string, Record<string, Operation>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('every route is described, remote-write and the reads of Prometheus too', () => {
  assert.match(description.openapi, /^3\.1\./);
  assert.deepEqual(
    operations.map(({ path, method }) => `${method} ${path}`).sort(),
    [
      ...ROUTES.map(row => `${row.method} ${row.path}`),
      `post ${WRITE_PATH}`,
      ...PROM_ROUTES.flatMap(({ path, methods }) =>
        methods.map(method => `${method} ${PROM_PATH}${path.replace(':name', '{name}')}`),
      ),
    ].sort(),
  );
});

test('operations have names of their own, and say who may ask', () => {
  const names = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(names).size, names.length);
  const open = operations.filter(({ operation }) => operation.security.length === 0);
  assert.deepEqual(open.map(({ path }) => path).sort(), ['/livez', '/openapi.json', '/readyz']);
});

test('parameters are those of the path and of the query, each with a schema', () => {
  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters = operation.parameters ?? [];
    assert.deepEqual(
      parameters.filter(each => each.in === 'path').map(({ name }) => name),
      inPath,
    );
    for (const { schema, name } of parameters) assert.ok(Object.keys(schema).length > 0, name);
    assert.equal(new Set(parameters.map(({ name }) => name)).size, parameters.length);
  }
});

test('every answer has a schema, and errors are problem documents', () => {
  for (const { path, operation } of operations) {
    const errors = Object.keys(operation.responses.default.content ?? {});
    const own = path.startsWith(PROM_PATH) ? ['application/json'] : [];
    assert.deepEqual(errors, [...own, 'application/problem+json']);
    const success = operation.responses['200'] ?? operation.responses['204'];
    assert.ok(success, path);
    for (const media of Object.values(success.content ?? {})) {
      assert.ok(Object.keys((media as { schema: object }).schema).length > 0, path);
    }
  }
});

test('every reference leads to a schema of this document', () => {
  const references = [...JSON.stringify(description).matchAll(/"\$ref":"([^"]+)"/g)];
  assert.ok(references.length > operations.length);
  for (const [, reference] of references) {
    const found = reference
      .replace('#/', '')
      .split('/')
      .reduce((at, step) => at?.[step], description);
    assert.equal(typeof found, 'object', reference);
  }
});

test('answers may grow: nothing in them is closed to further fields', () => {
  for (const { path, operation } of operations) {
    const text = JSON.stringify(operation.responses);
    assert.ok(!text.includes('"additionalProperties":false'), path);
  }
});
