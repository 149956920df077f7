/** What a request gives, checked against the schemas of its route; every complaint names a field. */
import type { Request, RequestHandler } from 'express';
import express from 'express';
import { z } from 'zod';
import { problemsIn } from '../../twin/index.ts';
import { parseText } from '../document.ts';
import { type FieldError, fieldErrors, ProblemError } from './problem.ts';
import { list, type Route } from './route.ts';

const NO_PARAMETERS = z.object({});

/** @throws ProblemError 400 for what is unknown, repeated or out of range. */
export function checkQuery(row: Route, query: Request['query']): Record<string, unknown> {
  const schema = row.query ?? NO_PARAMETERS;
  const known = Object.keys(schema.shape);
  const errors: FieldError[] = Object.entries(query).flatMap(([path, value]) => {
    if (!known.includes(path)) return [{ path, message: unknownParameter(known) }];
    return Array.isArray(value) ? [{ path, message: 'given more than once' }] : [];
  });
  if (errors.length > 0) throw refused('query', errors);
  return check('query', schema, query) as Record<string, unknown>;
}

const unknownParameter = (known: readonly string[]) =>
  known.length === 0
    ? 'this takes no parameters'
    : `not a parameter of this; there are ${known.join(', ')}`;

/** @throws ProblemError 400 naming each field that is wrong. */
export function check(where: string, schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw refused(where, fieldErrors(problemsIn(schema, result.error)));
}

function refused(where: string, errors: readonly FieldError[]): ProblemError {
  const [{ path, message }] = errors;
  return new ProblemError(400, `${where} ${path}: ${message}`.replace(' :', ':'), errors);
}

/** Takes a body as text, for `parseBody`. Not text/plain: any web page may send that anywhere. */
export const bodyText = (maxBytes: number): RequestHandler =>
  express.text({
    limit: maxBytes,
    type: ['application/json', 'application/yaml', 'application/x-yaml', 'text/yaml', '*/*+json'],
  });

/**
 * JSON or YAML, since manifests and scenarios are YAML.
 * @throws ProblemError 415, or 400 naming the line.
 */
export function parseBody(text: unknown): unknown {
  if (typeof text !== 'string') {
    throw new ProblemError(415, 'send a body as application/json or application/yaml');
  }
  if (text.trim() === '') throw new ProblemError(400, 'body: it is empty');
  const json = fromJson(text);
  if (json !== undefined) return json;
  const read = parseText(text, 'body');
  if (read.ok) return read.source.value;
  const errors = read.complaints.map(c => ({ path: `line ${c.line}`, message: c.message }));
  throw new ProblemError(400, `body: ${errors[0].path}: ${errors[0].message}`, errors);
}

/** JSON is YAML too, but its own parser is a hundred times as fast. */
function fromJson(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // YAML's flow style, or broken: the parser of YAML knows the line.
    return undefined;
  }
}

/**
 * Keeps the fields of each item that `fields` names; `id` always stays.
 * @throws ProblemError 400 for a field that no item has.
 */
export function selectFields(row: Route, answer: unknown, fields: unknown): unknown {
  const wanted = typeof fields === 'string' ? list(fields) : undefined;
  if (!wanted) return answer;
  const known = itemFields(row.answer);
  const strange = wanted.find(name => !known.includes(name));
  if (strange !== undefined) {
    const message = `'${strange}' is not a field; there are ${known.join(', ')}`;
    throw refused('query', [{ path: 'fields', message }]);
  }
  const kept = new Set(['id', ...wanted]);
  const { items, ...rest } = answer as { items: readonly object[] };
  const pick = (item: object) =>
    Object.fromEntries(Object.entries(item).filter(([name]) => kept.has(name)));
  return { ...rest, items: items.map(pick) };
}

/** Names of the fields of a list's items. */
function itemFields(answer: z.ZodType): string[] {
  const items = answer instanceof z.ZodObject ? answer.shape.items : undefined;
  const item = items instanceof z.ZodArray ? items.element : undefined;
  return item instanceof z.ZodObject ? Object.keys(item.shape) : [];
}
