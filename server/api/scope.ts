/** Which entities a request means: by id, by kind, within a container; and pages of lists. */
import {
  isKind,
  isWithin,
  KIND_IDS,
  KIND_INDEX,
  type Kind,
  type Topology,
} from '../../twin/index.ts';
import { didYouMean, nearIds } from './near-ids.ts';
import { ProblemError } from './problem.ts';
import { list, MAX_LIMIT } from './route.ts';

/** @throws ProblemError 404 with the nearest ids. */
export function entityOf(topology: Topology, id: string): number {
  const entity = topology.indexOf(id);
  if (entity >= 0) return entity;
  throw new ProblemError(404, `there is no entity '${shortened(id)}'; ${hintFor(topology, id)}`);
}

/** What may have been meant by an id that is not known, and how to find it otherwise. */
export function hintFor(topology: Topology, id: string): string {
  return didYouMean(nearIds(topology, id)) || 'search with /api/v1/entities?q=';
}

/**
 * An entity to filter by. One that has gone is no mistake as long as items still speak of it.
 * @throws ProblemError 404
 */
export function checkEntity(
  topology: Topology,
  id: string | undefined,
  items: readonly { readonly entity?: string }[],
) {
  if (id !== undefined && !items.some(({ entity }) => entity === id)) entityOf(topology, id);
}

/** An id of thousands of letters is nobody's, and helps nobody in an answer. */
const shortened = (id: string) => (id.length > 100 ? `${id.slice(0, 100)}…` : id);

interface Scope {
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
  if (ids) return { entities: entitiesOf(topology, scope, ids) };
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

function entitiesOf(topology: Topology, scope: Scope, ids: readonly string[]): number[] {
  if (scope.kind !== undefined || scope.under !== undefined) {
    throw new ProblemError(400, 'query ids: give ids, or kind and under, not both');
  }
  if (ids.length === 0) throw new ProblemError(400, 'query ids: there is none in it');
  if (ids.length > MAX_LIMIT) {
    throw new ProblemError(400, `query ids: ${ids.length} ids are more than ${MAX_LIMIT}`);
  }
  return ids.map(id => entityOf(topology, id));
}

function rangeOf(topology: Topology, kind: string | undefined): readonly [number, number] {
  if (kind === undefined) return [0, topology.count];
  const k = KIND_INDEX[knownKind(kind)];
  return [topology.kindStart[k], topology.kindStart[k + 1]];
}

/** @throws ProblemError 400 */
export function knownKind(id: string, where = 'query kind'): Kind {
  if (isKind(id)) return id;
  const known = KIND_IDS.join(', ');
  throw new ProblemError(400, `${where}: '${id}' is not a kind; there are ${known}`);
}

function startOf(topology: Topology, cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [, generation, entity] = /^(\d{1,10})\.(\d{1,10})$/.exec(cursor) ?? [];
  if (generation === undefined) throw strangeCursor(cursor);
  if (Number(generation) !== topology.generation) {
    throw new ProblemError(410, 'the inventory has changed since; start from the first page');
  }
  return Number(entity);
}

const strangeCursor = (cursor: string) =>
  new ProblemError(400, `query cursor: '${cursor}' is not one of ours`);

/**
 * One page of a list in memory; its cursor is a position, so what comes or goes between two pages
 * may shift them.
 * @throws ProblemError 400 for a cursor that is not ours.
 */
export function sliceOf<T>(items: readonly T[], query: Pick<Scope, 'limit' | 'cursor'>) {
  const { limit, cursor = '0' } = query;
  if (!/^\d{1,9}$/.test(cursor)) throw strangeCursor(cursor);
  const end = Number(cursor) + limit;
  const next = end < items.length ? { next: String(end) } : {};
  return { items: items.slice(Number(cursor), end), ...next };
}
