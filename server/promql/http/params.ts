/** Parameters of the API of Prometheus, from the query of the address and from a form. */
import type { Request } from 'express';
import type { Selector } from '../ast.ts';
import { durationMs } from '../literals.ts';
import type { Matcher } from '../matcher.ts';
import { parseQuery } from '../parse.ts';
import { QueryError } from '../query-error.ts';
import type { LabelQuery } from '../series-store.ts';

export interface Params {
  /** The first value; undefined when absent or empty. */
  one(name: string): string | undefined;
  all(name: string): readonly string[];
}

/** @param body of a form, as text; '' where there is none. */
export function paramsOf(request: Request, body: string): Params {
  const queryAt = request.originalUrl.indexOf('?');
  const search = queryAt < 0 ? '' : request.originalUrl.slice(queryAt + 1);
  // As Go does: the form comes before the address.
  const lists = [new URLSearchParams(body), new URLSearchParams(search)];
  const all = (name: string) => lists.flatMap(list => list.getAll(name));
  return { all, one: name => all(name)[0] || undefined };
}

export const badParam = (name: string, message: string) =>
  new QueryError('bad_data', `invalid parameter "${name}": ${message}`);

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
/** What a date can hold. */
const TIME_MS_MAX = 8.64e15;

/** Epoch ms of seconds or RFC 3339. @throws QueryError `bad_data` */
function timeMs(name: string, text: string): number {
  const ms = NUMBER.test(text) ? Math.round(Number(text) * 1000) : dateMs(text);
  if (Math.abs(ms) <= TIME_MS_MAX) return ms;
  throw badParam(name, `cannot parse "${text}" to a valid timestamp`);
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const dateMs = (text: string) => (RFC_3339.test(text) ? Date.parse(text) : Number.NaN);

export function timeParam({ one }: Params, name: string, otherwise: number): number {
  const text = one(name);
  return text === undefined ? otherwise : timeMs(name, text);
}

export function requiredTime({ one }: Params, name: string): number {
  return timeMs(name, one(name) ?? '');
}

/** Seconds as a number or a duration, in ms. */
export function durationParam({ one }: Params, name: string): number | undefined {
  const text = one(name);
  if (text === undefined) return undefined;
  const ms = NUMBER.test(text) ? Math.round(Number(text) * 1000) : durationMs(text);
  if (ms !== undefined && Math.abs(ms) <= TIME_MS_MAX) return ms;
  throw badParam(name, `cannot parse "${text}" to a valid duration`);
}

/** @throws QueryError `bad_data` where one is no selector. */
export function labelQuery(params: Params, nowMs: number): LabelQuery {
  const fromMs = timeParam(params, 'start', Number.NEGATIVE_INFINITY);
  const toMs = timeParam(params, 'end', nowMs);
  if (toMs < fromMs)
    throw new QueryError('bad_data', 'end timestamp must not be before start time');
  return { selectors: params.all('match[]').map(selectorParam), fromMs, toMs };
}

function selectorParam(text: string): readonly Matcher[] {
  const expr = parsedParam('match[]', text);
  if (expr.type === 'selector') return (expr as Selector).matchers;
  throw badParam('match[]', `"${text}" is not a series selector`);
}

/** Says which parameter an error of its parsing belongs to. */
export function parsedParam(name: string, text: string) {
  try {
    return parseQuery(text);
  } catch (error) {
    if (error instanceof QueryError) throw badParam(name, error.message);
    throw error;
  }
}
