/** What the readers of the parts of a query share. */
import type { SyntaxNode } from '@lezer/common';
import type { Expr } from './ast.ts';
import { LISTED, type QueryError } from './query-error.ts';

export interface Source {
  readonly text: string;
  /** Any expression. @throws QueryError */
  read(node: SyntaxNode): Expr;
  error(node: { readonly from: number }, message: string): QueryError;
}

/** Children without comments. */
export function partsOf(node: SyntaxNode): SyntaxNode[] {
  const parts: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'LineComment') parts.push(child);
  }
  return parts;
}

export const sliceOf = ({ text }: Source, { from, to }: SyntaxNode) => text.slice(from, to);

export const unsupported = (source: Source, node: { readonly from: number }, what: string) =>
  source.error(node, `${what} is not supported here; ${LISTED}`);
