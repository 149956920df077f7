/** Errors of the API as RFC 9457 problem documents. */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { Problem as DocumentProblem } from '../../twin/index.ts';
import { fieldName } from '../document.ts';

export const problemSchema = z.object({
  type: z.literal('about:blank'),
  title: z.string().describe('The phrase of the status.'),
  status: z.int(),
  detail: z.string().describe('What is wrong, and what to do.'),
  instance: z.string().describe('Path of the request.'),
  requestId: z.string().describe('As in the header x-request-id, and in the log.'),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('Each field that is wrong.'),
});

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Thrown by a route: becomes the answer. Anything else that is thrown is a 500. */
export class ProblemError extends Error {
  readonly status: number;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string,
    errors: readonly FieldError[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

export function problemDocument(status: number, detail: string, extra: Record<string, unknown>) {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, ...extra };
}

export const notFound = (what: string, id: string) =>
  new ProblemError(404, `there is no ${what} '${id}'; see /api/v1/${what}s`);

/** A document that cannot be taken: the first of its problems in words, all of them as fields. */
export function unprocessable(problems: readonly DocumentProblem[]): ProblemError {
  const errors = fieldErrors(problems);
  const [{ path, message }] = errors;
  return new ProblemError(422, path === '' ? message : `${path}: ${message}`, errors);
}

/** Paths of a document as people write them: `place.gpus`, `halls[0].id`. */
export const fieldErrors = (problems: readonly DocumentProblem[]): FieldError[] =>
  problems.map(({ path, message }) => ({ path: fieldName(path), message }));
