/**
 * A route as data: what it takes and gives as schemas, so that validation and OpenAPI come from one
 * place.
 */
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Role } from '../security/access.ts';
import type { Service } from '../service.ts';

export interface RouteInput<Q, B> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  readonly request: Request;
  /** For routes that stream; the others return their answer. */
  readonly response: Response;
}

export interface Route {
  readonly method: 'get' | 'post';
  /** OpenAPI style: `/api/v1/entities/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly role: Role;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** Set for routes that answer with something else than JSON, and write it themselves. */
  readonly contentType?: string;
  handle(input: RouteInput<never, never>, service: Service): unknown;
}

interface RouteSpec<Q extends z.ZodObject, B extends z.ZodType>
  extends Omit<Route, 'query' | 'body' | 'handle'> {
  readonly query?: Q;
  readonly body?: B;
  handle(input: RouteInput<z.output<Q>, z.output<B>>, service: Service): unknown;
}

/** Keeps the types of query and body from schema to handler. */
export function route<Q extends z.ZodObject, B extends z.ZodType>(spec: RouteSpec<Q, B>): Route {
  return spec as unknown as Route;
}

const MAX_LIMIT = 1000;

/** Paging and field selection, the same for every list. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .default(100)
    .describe(`Items in one answer, at most ${MAX_LIMIT}.`),
  cursor: z.string().optional().describe('`next` of the answer before.'),
  fields: z.string().optional().describe('Comma-separated fields of each item to give.'),
} as const;

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().optional() });

/** A comma-separated parameter as a list; undefined when it is absent. */
export const list = (text: string | undefined) =>
  text
    ?.split(',')
    .map(part => part.trim())
    .filter(Boolean);

/** Keeps the selected fields of an item; `id` always stays. */
export function select<T extends object>(item: T, fields: string | undefined): Partial<T> {
  const wanted = list(fields);
  if (!wanted) return item;
  return Object.fromEntries(
    Object.entries(item).filter(([name]) => name === 'id' || wanted.includes(name)),
  ) as Partial<T>;
}

/** An epoch time as the outside sees it; undefined for NaN. */
export const isoTime = (atMs: number | undefined) =>
  atMs === undefined || !Number.isFinite(atMs) ? undefined : new Date(atMs).toISOString();
