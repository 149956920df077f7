/** What can be wrong with a query, in the words and types of Prometheus' HTTP API. */

export type ErrorType =
  | 'bad_data'
  | 'execution'
  | 'timeout'
  | 'canceled'
  | 'unavailable'
  | 'internal'
  | 'not_found';

/** Thrown anywhere between parsing and answering; becomes the answer. */
export class QueryError extends Error {
  readonly errorType: ErrorType;

  constructor(errorType: ErrorType, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

/** Where whoever asked for what there is not finds what there is: the service serves this page. */
export const LISTED = '/docs/promql.md lists what is';

/** Something in the text of a query, from the character `at` on. */
export interface Place {
  readonly at: number;
  readonly end: number;
}

/** `1:5: parse error: ...`, line and column counted from 1, columns in characters. */
export function parseError(text: string, at: number, message: string): QueryError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length + 1;
  return new QueryError('bad_data', `${line}:${column}: parse error: ${message}`);
}

export const failed = (message: string) => new QueryError('execution', message);
