/** What is wrong with a document, as a value: bad input is no exception. */

/** Something wrong in a document: where (as a path of keys) and what to do. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };
