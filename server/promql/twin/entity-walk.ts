/**
 * From label matchers to entities: labels are the ids of the containers, so what is asked for by
 * `=` is where the search begins, and from there it goes down, leaving out what does not fit.
 */
import { KIND_COUNT, KIND_INDEX, KINDS, type Topology } from '../../../twin/index.ts';
import { type Matcher, matchesEmpty } from '../matcher.ts';

/** Yielded now and then while nothing is found, so that others get their turn. */
export const NOTHING_YET = -1;

const TURN = 2000;

interface Search {
  readonly topology: Topology;
  readonly kind: number;
  /** By kind: what its id must fit. */
  readonly wanted: readonly (readonly Matcher[])[];
  /** By kind: whether something of the kind sought may be below it, or is it. */
  readonly leads: readonly boolean[];
}

/** Entities of a kind whose labels fit; matchers of other labels than kinds are passed by. */
export function* entitiesWith(
  topology: Topology,
  kind: number,
  matchers: readonly Matcher[],
): Generator<number> {
  const wanted = KINDS.map(({ id }) => matchers.filter(({ label }) => label === id));
  if (wanted.every(list => list.length === 0)) {
    for (let e = topology.kindStart[kind]; e < topology.kindStart[kind + 1]; e++) yield e;
    return;
  }
  const leads = leadingTo(kind);
  const isImpossible = wanted.some((list, k) => !leads[k] && !list.every(matchesEmpty));
  if (isImpossible) return;
  const search = { topology, kind, wanted, leads };
  for (const root of rootsOf(search)) {
    if (isWithinWanted(search, root)) yield* below(search, root);
  }
}

/** By kind: whether it may stand on the way from a site to one of `kind`. */
function leadingTo(kind: number): boolean[] {
  const leads = new Array<boolean>(KIND_COUNT).fill(false);
  leads[kind] = true;
  // Kinds come after those that may contain them.
  for (let k = kind; k >= 0; k--) {
    if (leads[k]) for (const container of KINDS[k].in) leads[KIND_INDEX[container]] = true;
  }
  return leads;
}

/** The innermost that is asked for by name; the sites where nothing is. */
function rootsOf({ topology, wanted, leads }: Search): Iterable<number> {
  for (let k = KIND_COUNT - 1; k >= 0; k--) {
    const named = leads[k] ? wanted[k].find(isNamed) : undefined;
    if (!named?.values) continue;
    const found = named.values.map(id => topology.indexOf(id));
    return new Set(found.filter(e => e >= 0 && topology.kind[e] === k));
  }
  return Array.from({ length: topology.kindStart[1] }, (_, e) => e);
}

const isNamed = (matcher: Matcher) => matcher.values !== undefined && !matchesEmpty(matcher);

const fits = ({ topology, wanted }: Search, e: number) =>
  wanted[topology.kind[e]].every(matcher => matcher.matches(topology.ids[e]));

/** Whether the entity and everything around it fit. */
function isWithinWanted(search: Search, entity: number): boolean {
  for (let at = entity; at >= 0; at = search.topology.parent[at]) {
    if (!fits(search, at)) return false;
  }
  return true;
}

function* below(search: Search, root: number): Generator<number> {
  const { topology, kind, wanted, leads } = search;
  // Kinds that a row of containers may leave out: a rack may stand in a hall, without a row.
  const needed = wanted.flatMap((list, k) => (list.every(matchesEmpty) ? [] : [k]));
  const stack = [root];
  let seen = 0;
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (++seen % TURN === 0) yield NOTHING_YET;
    if (topology.kind[e] === kind) {
      if (hasKinds(topology, e, needed)) yield e;
      continue;
    }
    // Backwards, so that they come out in storage order.
    for (let i = topology.childStart[e + 1] - 1; i >= topology.childStart[e]; i--) {
      const child = topology.childList[i];
      if (leads[topology.kind[child]] && fits(search, child)) stack.push(child);
    }
  }
}

function hasKinds(topology: Topology, entity: number, needed: readonly number[]): boolean {
  if (needed.length === 0) return true;
  const kinds = new Set<number>();
  for (let at = entity; at >= 0; at = topology.parent[at]) kinds.add(topology.kind[at]);
  return needed.every(k => kinds.has(k));
}
