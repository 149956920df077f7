/** Errors of the API as RFC 9457 problem documents. */
import type { Problem as DocumentProblem } from '../../twin/index.ts';

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Thrown by a route: becomes the answer. Anything else that is thrown is a 500. */
export class ProblemError extends Error {
  readonly status: number;
  readonly errors: readonly FieldError[];

  constructor(status: number, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'No valid token',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Cannot be processed',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not ready',
};

export function problemDocument(status: number, detail: string, extra: Record<string, unknown>) {
  return { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, ...extra };
}

export const notFound = (what: string, id: string) =>
  new ProblemError(404, `there is no ${what} '${id}'`);

/** Paths of a document as people write them: `place.gpus`, `halls[0].id`. */
export const fieldErrors = (problems: readonly DocumentProblem[]): FieldError[] =>
  problems.map(({ path, message }) => ({
    path: path.map(step => (typeof step === 'number' ? `[${step}]` : step)).join('.'),
    message,
  }));
