/** OpenAPI 3.1, made from the route table. */
import { z } from 'zod';
import type { Route } from './route.ts';

const VERSION = '1.0.0';

export function openApi(routes: readonly Route[]) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const row of routes) {
    paths[row.path] = { ...paths[row.path], [row.method]: operation(row) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Orrery',
      version: VERSION,
      description: 'Live digital twin of GPU data centres. Times are RFC 3339, units SI.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: schemaOf(problem) },
    },
  };
}

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().optional(),
  requestId: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

function operation(row: Route) {
  const names = [...row.path.matchAll(/\{(\w+)\}/g)].map(match => match[1]);
  return {
    summary: row.summary,
    tags: [row.tag],
    operationId: operationId(row),
    'x-role': row.role,
    parameters: [
      ...names.map(name => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...queryParameters(row.query),
    ],
    ...(row.body
      ? { requestBody: { required: true, content: { 'application/json': bodySchema(row.body) } } }
      : {}),
    responses: {
      200: {
        description: row.summary,
        content: { [row.contentType ?? 'application/json']: { schema: schemaOf(row.answer) } },
      },
      default: {
        description: 'What is wrong, and what to do',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  };
}

const bodySchema = (body: z.ZodType) => ({ schema: schemaOf(body) });

function operationId(row: Route): string {
  const words = row.path
    .replace('/api/v1', '')
    .split(/[^\w]+/)
    .filter(Boolean);
  return [row.method, ...words.map(word => word[0].toUpperCase() + word.slice(1))].join('');
}

function queryParameters(query: z.ZodObject | undefined) {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema as z.ZodType) as Record<string, unknown>;
    const required = !(schema as z.ZodType).safeParse(undefined).success;
    return { name, in: 'query', required, schema: rest, ...(description ? { description } : {}) };
  });
}

/** Input side of a schema, as OpenAPI 3.1 takes it (JSON Schema 2020-12). */
function schemaOf(schema: z.ZodType): object {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  });
  return rest;
}
