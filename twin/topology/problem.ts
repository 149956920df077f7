/** What is wrong with a document, as a value: bad input is no exception. */
import type { z } from 'zod';

/** Something wrong in a document: where (as a path of keys) and what to do. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };

/** A schema's complaint as problems; each key that is not known is one of its own. */
export function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.filter(step => typeof step !== 'symbol');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map(key => ({ path: [...path, key], message: 'not a field of this' }));
}
