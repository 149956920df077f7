/** Which entities a request means: by id, by kind, within a container; and the pages of them. */
import { isKind, isWithin, KIND_INDEX, KINDS, type Topology } from '../../twin/index.ts';
import { notFound, ProblemError } from './problem.ts';
import { list } from './route.ts';

/** @throws ProblemError 404. */
export function entityOf(topology: Topology, id: string): number {
  const entity = topology.indexOf(id);
  if (entity < 0) throw notFound('entity', id);
  return entity;
}

export interface Scope {
  readonly kind?: string;
  readonly under?: string;
  readonly ids?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface Page {
  readonly entities: readonly number[];
  /** Cursor of the next page, if there may be one. */
  readonly next?: string;
}

/**
 * One page of the entities in scope, in storage order. A cursor names the generation it is of.
 * @throws ProblemError 400 for an unknown kind, 404 for an unknown id, 410 for an outdated cursor.
 */
export function pageOf(
  topology: Topology,
  scope: Scope,
  matches: (entity: number) => boolean = () => true,
): Page {
  const ids = list(scope.ids);
  if (ids) return { entities: ids.map(id => entityOf(topology, id)) };
  const [first, end] = rangeOf(topology, scope.kind);
  const under = scope.under === undefined ? -1 : entityOf(topology, scope.under);
  const found: number[] = [];
  for (let e = Math.max(first, startOf(topology, scope.cursor)); e < end; e++) {
    if (under >= 0 && !isWithin(topology, e, under)) continue;
    if (!matches(e)) continue;
    if (found.length === scope.limit) {
      return { entities: found, next: `${topology.generation}.${e}` };
    }
    found.push(e);
  }
  return { entities: found };
}

function rangeOf(topology: Topology, kind: string | undefined): readonly [number, number] {
  if (kind === undefined) return [0, topology.count];
  if (!isKind(kind)) {
    const known = KINDS.map(row => row.id).join(', ');
    throw new ProblemError(400, `query kind: '${kind}' is not a kind; there are ${known}`);
  }
  const k = KIND_INDEX[kind];
  return [topology.kindStart[k], topology.kindStart[k + 1]];
}

function startOf(topology: Topology, cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [generation, entity] = cursor.split('.').map(Number);
  if (!Number.isInteger(generation) || !Number.isInteger(entity)) {
    throw new ProblemError(400, `query cursor: '${cursor}' is not one of ours`);
  }
  if (generation !== topology.generation) {
    throw new ProblemError(410, 'the inventory has changed since; start from the first page');
  }
  return entity;
}
