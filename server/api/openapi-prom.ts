/** The read API of Prometheus in the description: its parameters and answers are not ours to name. */
import { PROM_PATH, PROM_ROUTES } from '../promql/http/described.ts';

type Row = (typeof PROM_ROUTES)[number];

const TEXT = { type: 'string' } as const;
const ANSWER = {
  type: 'object',
  properties: { status: { const: 'success' }, data: {} },
  required: ['status', 'data'],
};
const FAILURE = {
  type: 'object',
  properties: { status: { const: 'error' }, errorType: TEXT, error: TEXT },
  required: ['status', 'errorType', 'error'],
};

/** @param problem what is answered where the way to the API is barred: 401, 403, 429 */
export function promPaths(problem: { readonly content: object }, security: readonly object[]) {
  const failure = {
    description: 'What is wrong, in the form of Prometheus; who may not ask gets a problem',
    content: { 'application/json': { schema: FAILURE }, ...problem.content },
  };
  return Object.fromEntries(
    PROM_ROUTES.map(row => {
      const path = `${PROM_PATH}${row.path.replace(/:(\w+)/g, '{$1}')}`;
      const operations = row.methods.map(method => [
        method,
        {
          operationId: operationId(method, row.path),
          summary: row.summary,
          description: 'Needs the role viewer, where tokens are configured.',
          tags: ['prometheus'],
          security,
          ...(method === 'get' ? { parameters: parametersOf(row) } : { requestBody: formOf(row) }),
          responses: {
            200: {
              description: row.summary,
              content: { 'application/json': { schema: ANSWER } },
            },
            default: failure,
          },
        },
      ]);
      return [path, Object.fromEntries(operations)];
    }),
  );
}

const operationId = (method: string, path: string) =>
  [method, 'prom', ...path.split(/\W|_/).filter(Boolean)]
    .map((word, at) => (at === 0 ? word : word[0].toUpperCase() + word.slice(1)))
    .join('');

const schemaOf = (name: string) => (name.endsWith('[]') ? { type: 'array', items: TEXT } : TEXT);

function parametersOf({ path, required, optional }: Row) {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: TEXT },
  }));
  const inQuery = [...required, ...optional].map(name => ({
    ...{ name, in: 'query', required: (required as readonly string[]).includes(name) },
    schema: schemaOf(name),
  }));
  return [...inPath, ...inQuery];
}

function formOf({ required, optional }: Row) {
  const names = [...required, ...optional];
  const properties = Object.fromEntries(names.map(name => [name, schemaOf(name)]));
  const schema = { type: 'object', properties, required };
  return { required: true, content: { 'application/x-www-form-urlencoded': { schema } } };
}
