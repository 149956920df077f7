/** OpenAPI 3.1, made from the route table. */
import { z } from 'zod';
import { problemSchema } from './problem.ts';
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
      description:
        'Live digital twin of GPU data centres. Times are RFC 3339, units SI, ratios 0 to 1. ' +
        'Ids may hold slashes, percent-encoded or not. The live channel is socket.io at /live.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(row => row.tag))].map(name => ({ name })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: schemaOf(problemSchema, 'output') },
    },
  };
}

const PROBLEM = {
  description: 'What is wrong, and what to do',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function operation(row: Route) {
  const isOpen = row.role === 'anyone';
  return {
    operationId: operationId(row),
    summary: row.summary,
    ...(isOpen ? {} : { description: `Needs the role ${row.role}, where tokens are configured.` }),
    tags: [row.tag],
    security: isOpen ? [] : [{ bearer: [] }],
    parameters: [...pathParameters(row.path), ...queryParameters(row.query)],
    ...(row.body ? { requestBody: requestBody(row.body) } : {}),
    responses: {
      200: {
        description: row.summary,
        content: {
          [row.contentType ?? 'application/json']: { schema: schemaOf(row.answer, 'output') },
        },
      },
      default: PROBLEM,
    },
  };
}

function requestBody(body: z.ZodType) {
  const schema = schemaOf(body, 'input');
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
    const { description, ...rest } = schemaOf(schema as z.ZodType, 'input');
    const required = !(schema as z.ZodType).safeParse(undefined).success;
    return { name, in: 'query', required, schema: rest, ...(description ? { description } : {}) };
  });
}

/** As OpenAPI 3.1 takes it (JSON Schema 2020-12). Answers may grow fields in later versions. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ jsonSchema }) {
      if (io === 'output' && jsonSchema.additionalProperties === false) {
        delete jsonSchema.additionalProperties;
      }
    },
  });
  return rest;
}
