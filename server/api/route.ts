/**
 * A route as data: what it takes and gives as schemas, so that validation and OpenAPI come from one
 * place.
 */
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { PastTrust } from '../calibration/past.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { Role } from '../security/access.ts';
import type { Service } from '../service.ts';

interface RouteInput<Q, B> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  readonly request: Request;
  /** For routes that stream; the others return their answer. */
  readonly response: Response;
}

/** The model at an instant, now or past, and what had been learned by then. */
export interface Instant {
  readonly live: LiveTwin;
  readonly trust: PastTrust | undefined;
}

interface RouteOf<S> {
  readonly method: 'get' | 'post' | 'put';
  /** OpenAPI style: `/api/v1/entities/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** `anyone`: no token is asked for. */
  readonly role: Role | 'anyone';
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Bodies up to `http.maxBodyBytes` are taken; otherwise a question is short. */
  readonly hasLargeBody?: boolean;
  /** Lists have `items`; their fields can be selected by `fields`. */
  readonly answer: z.ZodType;
  /** Set for routes that answer with something else than JSON, and write it themselves. */
  readonly contentType?: string;
  readonly handle: (input: RouteInput<never, never>, service: S) => unknown;
}

interface PresentRoute extends RouteOf<Service> {
  readonly looksBack?: never;
}

/** It looks at the model and nothing else: `?at=` asks the same of a past instant. */
interface PastRoute extends RouteOf<Instant> {
  readonly looksBack: true;
}

export type Route = PresentRoute | PastRoute;

interface RouteSpec<Q extends z.ZodObject, B extends z.ZodType, S>
  extends Omit<RouteOf<S>, 'query' | 'body' | 'handle'> {
  readonly query?: Q;
  readonly body?: B;
  handle(input: RouteInput<z.output<Q>, z.output<B>>, service: S): unknown;
}

/** Keeps the types of query and body from schema to handler. */
export const route = <Q extends z.ZodObject, B extends z.ZodType>(
  spec: RouteSpec<Q, B, Service>,
): Route => spec as PresentRoute;

/** The same for a route that can look back. */
export const pastRoute = <Q extends z.ZodObject, B extends z.ZodType>(
  spec: RouteSpec<Q, B, Instant>,
): Route => {
  const query = (spec.query ?? z.object({})).extend(atQuery);
  return { ...spec, query, looksBack: true } as PastRoute;
};

const atQuery = {
  at: z.iso
    .datetime({ offset: true, error: 'an RFC 3339 time such as 2026-01-31T12:00:00Z' })
    .optional()
    .describe('A past instant, from the journal; the present unless given.'),
} as const;

/** Remote-write has a path of the API, and a protocol of its own. */
export const WRITE_PATH = '/api/v1/write';
export const WRITE_ROLE: Role = 'operator';

export const MAX_LIMIT = 1000;

/** A whole number in a query. */
export const wholeNumber = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};

/** Paging and field selection, the same for every list. */
export const pageQuery = {
  limit: wholeNumber(1, MAX_LIMIT)
    .default(100)
    .describe(`Items in one answer, at most ${MAX_LIMIT}.`),
  cursor: z.string().optional().describe('`next` of the answer before.'),
  fields: z.string().optional().describe('Comma-separated fields of each item to give, and `id`.'),
} as const;

/** The same for tables that clients take whole. */
export const tableQuery = {
  ...pageQuery,
  limit: wholeNumber(1, MAX_LIMIT)
    .default(MAX_LIMIT)
    .describe(`Items in one answer, at most ${MAX_LIMIT}.`),
} as const;

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().describe('`cursor` of the next page; absent on the last.'),
  });

/** A comma-separated parameter as a list; undefined when it is absent. */
export const list = (text: string | undefined) =>
  text
    ?.split(',')
    .map(part => part.trim())
    .filter(Boolean);

/** An epoch time as the outside sees it; undefined for NaN. */
export const isoTime = (atMs: number | undefined) =>
  atMs === undefined || !Number.isFinite(atMs) ? undefined : new Date(atMs).toISOString();

/** JSON has neither infinity nor NaN. */
export const orNull = (value: number) => (Number.isFinite(value) ? value : null);
