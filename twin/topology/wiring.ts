/** The inventory's wires, and those that go without saying, as the edges of the planes. */
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import type { Draft } from './expand.ts';
import type { Inventory, Wire } from './inventory.ts';
import { buildPlane, type Edge, PLANE_IDS, type Plane, type PlaneId } from './plane.ts';
import type { Problem } from './problem.ts';
import { fill, globTest, isGlob, literalPrefix, type Names } from './template.ts';
import type { Topology } from './topology.ts';
import { childrenOfKind } from './walk.ts';

type Base = Omit<Topology, 'planes' | 'fabric' | 'inventory'>;

export function buildPlanes(
  inventory: Inventory,
  base: Base,
  drafts: readonly Draft[],
  problems: Problem[],
): Record<PlaneId, Plane> {
  const names = new NameIndex(base, drafts);
  const planes = PLANE_IDS.map(id => {
    const wired = (inventory[id] ?? []).flatMap((wire, i) =>
      wireEdges(wire, names, [id, i], problems),
    );
    const edges = withDefaults(id, base, wired);
    const plane = buildPlane(
      {
        id,
        edges,
        entityCount: base.count,
        idOf: entity => base.ids[entity],
        members: membersOf(id, base),
      },
      problems,
    );
    return [id, plane] as const;
  });
  return Object.fromEntries(planes) as Record<PlaneId, Plane>;
}

/** What wires may name: every entity by id, with the template names of the draft it came from. */
class NameIndex {
  readonly base: Base;
  readonly draftOf: ReadonlyMap<number, Draft>;
  /** Entities that the inventory declares, by id: what a class brings along has no draft. */
  readonly declared: readonly number[];
  constructor(base: Base, drafts: readonly Draft[]) {
    this.base = base;
    this.draftOf = new Map(drafts.map(draft => [draft.index, draft]));
    const byId = [...drafts].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.declared = byId.map(draft => draft.index);
  }

  matching(glob: string, kind: Kind | undefined): number[] {
    if (!isGlob(glob)) {
      const entity = this.base.indexOf(glob);
      return entity >= 0 && (!kind || this.base.kind[entity] === KIND_INDEX[kind]) ? [entity] : [];
    }
    return kind === undefined ? this.declaredMatching(glob) : this.kindMatching(glob, kind);
  }

  kindMatching(glob: string, kind: Kind): number[] {
    const { kindStart, ids } = this.base;
    const matches = globTest(glob);
    const found: number[] = [];
    for (let e = kindStart[KIND_INDEX[kind]]; e < kindStart[KIND_INDEX[kind] + 1]; e++) {
      if (matches(ids[e])) found.push(e);
    }
    return found;
  }

  /** Only ids that begin like the glob are tried: a site has hundreds of globs and 10^6 ids. */
  declaredMatching(glob: string): number[] {
    const { ids } = this.base;
    const prefix = literalPrefix(glob);
    const matches = globTest(glob);
    const found = this.partsOf(prefix).filter(part => matches(ids[part]));
    for (let at = this.firstFrom(prefix); at < this.declared.length; at++) {
      const entity = this.declared[at];
      if (!ids[entity].startsWith(prefix)) break;
      if (matches(ids[entity])) found.push(entity);
    }
    return found.sort((a, b) => a - b);
  }

  /** Parts of the one whole that the prefix names, for globs such as `host1/psu*`. */
  partsOf(prefix: string): number[] {
    const whole = this.base.indexOf(prefix.slice(0, Math.max(0, prefix.lastIndexOf('/'))));
    if (whole < 0) return [];
    const { childStart, childList } = this.base;
    const parts = childList.subarray(childStart[whole], childStart[whole + 1]);
    return [...parts].filter(part => !this.draftOf.has(part));
  }

  /** Place in `declared` of the first id that is not before `prefix`. */
  firstFrom(prefix: string): number {
    let from = 0;
    let to = this.declared.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.base.ids[this.declared[middle]] < prefix) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** Template names of an entity; a generated component has those of its host. */
  namesOf(entity: number): Names {
    const own = this.draftOf.get(entity);
    if (own) return own.names;
    const whole = this.draftOf.get(this.base.parent[entity]);
    return { ...whole?.names, id: this.base.ids[entity] };
  }
}

function wireEdges(
  wire: Wire,
  names: NameIndex,
  path: readonly (string | number)[],
  problems: Problem[],
): Edge[] {
  const children = names.matching(wire.to, wire.kind);
  if (children.length === 0) {
    const what = wire.kind ? `${wire.kind} '${wire.to}'` : `'${wire.to}'`;
    problems.push({ path: [...path, 'to'], message: `${what} matches nothing in the inventory` });
  }
  const edges: Edge[] = [];
  const resolved = new Map<string, number[]>();
  for (const child of children) {
    for (const template of [wire.from].flat()) {
      const parents = resolve(template, child, names, resolved);
      if (typeof parents === 'string') {
        problems.push({ path: [...path, 'from'], message: parents });
        return edges;
      }
      for (const parent of parents) {
        const share = wire.share ?? Number.NaN;
        edges.push({ child, parent, share, accounting: false, lengthM: wire.lengthM ?? 0 });
      }
    }
  }
  return edges;
}

/** @returns the suppliers, or what is wrong. */
function resolve(
  template: string,
  child: number,
  names: NameIndex,
  resolved: Map<string, number[]>,
): number[] | string {
  let id: string;
  try {
    id = fill(template, names.namesOf(child));
  } catch (error) {
    return (error as Error).message;
  }
  let parents = resolved.get(id);
  if (!parents) {
    parents = names.matching(id, undefined);
    resolved.set(id, parents);
  }
  if (parents.length === 0)
    return `'${id}', the supplier of ${names.base.ids[child]}, is not there`;
  if (parents.includes(child)) return `${names.base.ids[child]} cannot supply itself`;
  return parents;
}

/** Containment levels whose limits count what stands in them. */
const ACCOUNTING: Readonly<Record<PlaneId, readonly Kind[]>> = {
  power: ['rack', 'row', 'hall', 'site'],
  cooling: ['rack', 'row', 'hall', 'site'],
  network: [],
};

const LOADS: Readonly<Record<PlaneId, readonly Kind[]>> = {
  power: ['host', 'tor', 'eor', 'spine', 'crah', 'cdu', 'chiller'],
  cooling: ['rack'],
  network: ['host'],
};

function membersOf(id: PlaneId, base: Base): number[] {
  const kinds = [...LOADS[id], ...ACCOUNTING[id]];
  return kinds.flatMap(kind => range(base, kind));
}

function range(base: Base, kind: Kind): number[] {
  const k = KIND_INDEX[kind];
  const [from, to] = [base.kindStart[k], base.kindStart[k + 1]];
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/**
 * Adds the wires that need not be written: containment; a host to its PSUs; PSUs in turn, and other
 * loads of a rack equally, to the rack's PDUs; hosts to the TORs of their rack.
 */
function withDefaults(id: PlaneId, base: Base, wired: Edge[]): Edge[] {
  const hasSupply = new Uint8Array(base.count);
  for (const edge of wired) hasSupply[edge.child] = 1;
  const edges = [...wired, ...accountingEdges(id, base)];
  const supply = (child: number, parents: readonly number[]) => {
    if (hasSupply[child]) return;
    for (const parent of parents) {
      edges.push({ child, parent, share: Number.NaN, accounting: false, lengthM: 0 });
    }
  };
  if (id === 'power') {
    for (const host of range(base, 'host')) {
      const psus = childrenOfKind(base, host, KIND_INDEX.psu);
      const pdus = childrenOfKind(base, base.parent[host], KIND_INDEX.pdu);
      supply(host, psus.length > 0 ? psus : pdus);
      if (pdus.length > 0)
        psus.forEach((psu, i) => {
          supply(psu, [pdus[i % pdus.length]]);
        });
    }
    for (const tor of range(base, 'tor')) {
      supply(tor, childrenOfKind(base, base.parent[tor], KIND_INDEX.pdu));
    }
  }
  if (id === 'network') {
    for (const host of range(base, 'host')) {
      supply(host, childrenOfKind(base, base.parent[host], KIND_INDEX.tor));
    }
  }
  return edges;
}

function accountingEdges(id: PlaneId, base: Base): Edge[] {
  const isWhole = new Set(ACCOUNTING[id].map(kind => KIND_INDEX[kind]));
  if (isWhole.size === 0) return [];
  const inside = id === 'power' ? LOADS.power : [];
  const kinds: readonly Kind[] = [...inside, 'rack', 'row', 'hall'];
  const edges: Edge[] = [];
  for (const child of kinds.flatMap(kind => range(base, kind))) {
    const parent = base.parent[child];
    if (!isWhole.has(base.kind[parent])) continue;
    edges.push({ child, parent, share: 1, accounting: true, lengthM: 0 });
  }
  return edges;
}
