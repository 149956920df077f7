/** OpenAPI 3.1, made from the route table. */
import { z } from 'zod';
import { promPaths } from './openapi-prom.ts';
import { problemSchema } from './problem.ts';
import { type Route, WRITE_PATH } from './route.ts';

const VERSION = '1.0.0';

/** Named schemas, put in one place. */
type Named = Record<string, unknown>;

export function openApi(routes: readonly Route[]) {
  const schemas: Named = { Problem: schemaOf(problemSchema, 'output', {}) };
  const paths: Record<string, Record<string, unknown>> = { [WRITE_PATH]: { post: WRITE } };
  for (const row of routes) {
    paths[row.path] = { ...paths[row.path], [row.method]: operation(row, schemas) };
  }
  Object.assign(paths, promPaths(PROBLEM, BEARER));
  const tags = new Set([...routes.map(row => row.tag), ...WRITE.tags, 'prometheus']);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Orrery',
      version: VERSION,
      description:
        'Live digital twin of GPU data centres. Times are RFC 3339, units SI, ratios 0 to 1. ' +
        'Ids may hold slashes, percent-encoded or not. The live channel is socket.io at /live.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...tags].map(name => ({ name })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas,
    },
  };
}

const PROBLEM = {
  description: 'What is wrong, and what to do',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
const BEARER = [{ bearer: [] }];
const TEXT = { 'text/plain': { schema: { type: 'string' } } };

/** Not a route of the table: its body is no document, and its answers are for senders' logs. */
const WRITE = {
  operationId: 'postWrite',
  summary: 'Prometheus remote-write 1.0 and 2.0: protobuf in a snappy block',
  description: 'Needs the role operator, where tokens are configured.',
  tags: ['sources'],
  security: BEARER,
  requestBody: { required: true, content: { 'application/x-protobuf': {} } },
  responses: {
    204: { description: 'Taken' },
    400: { description: 'Some of it not taken, and why; not to be sent again', content: TEXT },
    413: { description: 'Too large', content: TEXT },
    415: { description: 'Of another type or encoding', content: TEXT },
    429: { description: 'Overloaded: send the same again after Retry-After', content: TEXT },
    default: PROBLEM,
  },
};

function operation(row: Route, schemas: Named) {
  const isOpen = row.role === 'anyone';
  const answer = schemaOf(row.answer, 'output', schemas);
  return {
    operationId: operationId(row),
    summary: row.summary,
    ...(isOpen ? {} : { description: `Needs the role ${row.role}, where tokens are configured.` }),
    tags: [row.tag],
    security: isOpen ? [] : BEARER,
    parameters: [...pathParameters(row.path), ...queryParameters(row.query)],
    ...(row.body ? { requestBody: requestBody(row.body, schemas) } : {}),
    responses: {
      200: {
        description: row.summary,
        content: { [row.contentType ?? 'application/json']: { schema: answer } },
      },
      default: PROBLEM,
    },
  };
}

function requestBody(body: z.ZodType, schemas: Named) {
  const schema = schemaOf(body, 'input', schemas);
  return {
    required: true,
    content: { 'application/json': { schema }, 'application/yaml': { schema } },
  };
}

function operationId(row: Route): string {
  const words = row.path
    .replace('/api/v1', '')
    .split(/[^\w]+/)
    .filter(Boolean);
  return [row.method, ...words.map(word => word[0].toUpperCase() + word.slice(1))].join('');
}

const pathParameters = (path: string) =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

function queryParameters(query: z.ZodObject | undefined) {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema as z.ZodType, 'input', {});
    const required = !(schema as z.ZodType).safeParse(undefined).success;
    return { name, in: 'query', required, schema: rest, ...(description ? { description } : {}) };
  });
}

/**
 * As OpenAPI 3.1 takes it (JSON Schema 2020-12). Answers may grow fields in later versions.
 * @param named takes schemas that have a name of their own.
 */
function schemaOf(
  schema: z.ZodType,
  io: 'input' | 'output',
  named: Named,
): Record<string, unknown> {
  const made = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => simplify(jsonSchema, io),
  });
  // A name has its own place in this document.
  const text = JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $schema: _draft, $defs = {}, ...rest } = JSON.parse(text);
  Object.assign(named, $defs);
  return rest;
}

function simplify(made: z.core.JSONSchema.BaseSchema, io: 'input' | 'output') {
  if (io === 'output' && made.additionalProperties === false) delete made.additionalProperties;
  // What a number can hold at all says nothing.
  if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum;
  if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum;
}
