/** Inventory to topology: dense indices, containment, aliases, planes. All references are checked. */
import type { HardwareClass } from '../tables/catalogue.ts';
import { CLASSES } from '../tables/classes.ts';
import { gpuClassNamed } from '../tables/gpu-names.ts';
import { KIND_COUNT, KIND_INDEX, KINDS, type Kind } from '../tables/kinds.ts';
import { mergeClasses } from './classes.ts';
import { type Draft, expand } from './expand.ts';
import { buildFabric, type Fabric } from './fabric.ts';
import { type Inventory, parseInventory } from './inventory.ts';
import { checkOwnClasses, limitComplaint } from './limit-check.ts';
import { meant } from './nearest.ts';
import { outletAliases } from './outlets.ts';
import type { Parsed, Problem } from './problem.ts';
import type { Alias, Topology } from './topology.ts';
import { buildPlanes } from './wiring.ts';

/** Entities in storage order, while the topology is put together. */
export interface Entities {
  readonly ids: string[];
  readonly kind: Uint8Array;
  readonly parent: Int32Array;
  readonly classIndex: Int16Array;
  readonly kindStart: Int32Array;
  /** Drafts by kind; generated components have none. */
  readonly drafts: readonly Draft[];
}

/** As `buildTopology`, of a document that nobody has looked at yet. */
export function readTopology(document: unknown, generation = 1): Parsed<Topology> {
  const parsed = parseInventory(document);
  return parsed.ok ? buildTopology(parsed.value, generation) : parsed;
}

/** @returns the topology, or every problem found, each with its path in the document. */
export function buildTopology(inventory: Inventory, generation = 1): Parsed<Topology> {
  const problems: Problem[] = [];
  const classes = mergeClasses(CLASSES, inventory.classes ?? [], problems);
  checkOwnClasses(inventory.classes ?? [], CLASSES, problems);
  const drafts = expand(inventory, problems);
  checkReferences(drafts, classes, problems);
  if (problems.length > 0) return { ok: false, problems };
  const entities = layOut(drafts, classes);
  const children = childrenOf(entities);
  const indexOf = idIndex(entities, children, problems);
  if (problems.length > 0) return { ok: false, problems };
  const base = {
    generation,
    name: inventory.metadata.name,
    count: entities.ids.length,
    ids: entities.ids,
    indexOf,
    kind: entities.kind,
    parent: entities.parent,
    kindStart: entities.kindStart,
    ...children,
    classes,
    classIndex: entities.classIndex,
    aliases: collectAliases(drafts),
    attributes: collect(drafts, draft => draft.attributes),
    limitOverrides: collect(drafts, draft => draft.limits),
  };
  const planes = buildPlanes(inventory, base, drafts, problems);
  const fabric = buildFabric(base);
  measureLinks(inventory, base, fabric, problems);
  if (problems.length > 0) return { ok: false, problems };
  const aliases = [...base.aliases, ...outletAliases(base, planes.power)];
  return { ok: true, value: { ...base, aliases, planes, fabric, inventory } };
}

function checkReferences(drafts: Draft[], classes: readonly HardwareClass[], problems: Problem[]) {
  const classOf = new Map(classes.map(row => [row.id, row]));
  const reported = new Set<string>();
  const report = (path: Problem['path'], message: string) => {
    // A generator repeats its mistake for each thing it makes; say it once.
    const key = `${path.join('.')} ${message}`;
    if (!reported.has(key)) problems.push({ path, message });
    reported.add(key);
  };
  for (const draft of drafts) {
    const kind = draft.classId === undefined ? draft.kind : classOf.get(draft.classId)?.kind;
    if (kind === undefined) {
      const hint = classHint(draft.kind, draft.classId as string, classes);
      report([...draft.path, 'class'], `unknown class '${draft.classId}'${hint}`);
    } else if (kind !== draft.kind) {
      report(
        [...draft.path, 'class'],
        `class '${draft.classId}' is a ${kind}, not a ${draft.kind}`,
      );
    }
    for (const [id, value] of Object.entries(draft.limits ?? {})) {
      const hardware = classOf.get(draft.classId ?? '');
      const message = limitComplaint({ id, value, kind: draft.kind, hardware });
      if (message) report([...draft.path, 'limits', id], message);
    }
  }
}

/** What may have been meant: for a GPU also by the name that tools print of it. */
function classHint(kind: Kind, asked: string, classes: readonly HardwareClass[]): string {
  const named = kind === 'gpu' ? gpuClassNamed(asked) : undefined;
  if (named) return `; did you mean '${named.id}'?`;
  const ids = classes.filter(row => row.kind === kind).map(({ id }) => id);
  return meant(asked, ids) || '; define it under classes, or leave it out';
}

/** Puts drafts and class components in storage order: kind by kind, parents before children. */
function layOut(drafts: readonly Draft[], classes: readonly HardwareClass[]): Entities {
  const classIndexOf = new Map(classes.map((row, i) => [row.id, i]));
  const byKind: Draft[][] = KINDS.map(() => []);
  for (const draft of drafts) byKind[KIND_INDEX[draft.kind]].push(draft);
  const generated = componentPlan(byKind, classes, classIndexOf);
  const kindStart = new Int32Array(KIND_COUNT + 1);
  for (let k = 0; k < KIND_COUNT; k++) {
    kindStart[k + 1] = kindStart[k] + byKind[k].length + generated.counts[k];
  }
  const count = kindStart[KIND_COUNT];
  const ids: string[] = new Array(count);
  const parent = new Int32Array(count).fill(-1);
  const classIndex = new Int16Array(count).fill(-1);
  const kind = new Uint8Array(count);
  for (let k = 0; k < KIND_COUNT; k++) kind.fill(k, kindStart[k], kindStart[k + 1]);
  const next = kindStart.slice();
  const place = (k: number, id: string, parentIndex: number, classId: string | undefined) => {
    const at = next[k]++;
    ids[at] = id;
    parent[at] = parentIndex;
    classIndex[at] = classId === undefined ? -1 : (classIndexOf.get(classId) ?? -1);
    return at;
  };
  for (let k = 0; k < KIND_COUNT; k++) {
    for (const draft of byKind[k]) {
      draft.index = place(k, draft.id, draft.parent?.index ?? -1, draft.classId);
      for (const part of generated.partsOf(draft)) {
        const partKind = KIND_INDEX[part.kind];
        const name = part.kind === 'gpuInstance' ? 'mig' : part.kind.toLowerCase();
        for (let i = 0; i < part.count; i++)
          place(partKind, `${draft.id}/${name}${i}`, draft.index, part.class);
      }
    }
  }
  return { ids, kind, parent, classIndex, kindStart, drafts };
}

/**
 * Components that a class brings along, unless the inventory lists that kind for the entity itself.
 */
function componentPlan(
  byKind: readonly Draft[][],
  classes: readonly HardwareClass[],
  classIndexOf: ReadonlyMap<string, number>,
) {
  const counts = new Int32Array(KIND_COUNT);
  const listed = new Map<Draft, Set<Kind>>();
  for (const draft of byKind.flat()) {
    if (!draft.parent) continue;
    const kinds = listed.get(draft.parent) ?? new Set<Kind>();
    listed.set(draft.parent, kinds.add(draft.kind));
  }
  const partsOf = (draft: Draft) => {
    const row = classes[classIndexOf.get(draft.classId ?? '') ?? -1];
    const own = listed.get(draft);
    return (row?.components ?? []).filter(part => !own?.has(part.kind));
  };
  for (const draft of byKind.flat()) {
    for (const part of partsOf(draft)) counts[KIND_INDEX[part.kind]] += part.count;
  }
  return { counts, partsOf };
}

interface Children {
  readonly childStart: Int32Array;
  readonly childList: Int32Array;
}

/**
 * Ids to dense indices. What a class brings along is found through its whole (`host/gpu0`), so that
 * the 10^6 parts of a large site need no entries.
 */
function idIndex(entities: Entities, children: Children, problems: Problem[]) {
  const { ids, drafts } = entities;
  const declared = new Map<string, number>();
  const partOf = (id: string): number => {
    const whole = declared.get(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
    if (whole === undefined) return -1;
    const { childStart, childList } = children;
    for (let i = childStart[whole]; i < childStart[whole + 1]; i++) {
      if (ids[childList[i]] === id) return childList[i];
    }
    return -1;
  };
  const reportTwice = (draft: Draft) => {
    problems.push({
      path: [...draft.path, 'id'],
      message: `the id '${draft.id}' is used twice`,
    });
  };
  for (const draft of drafts) {
    if (declared.has(draft.id)) reportTwice(draft);
    else declared.set(draft.id, draft.index);
  }
  for (const draft of drafts) {
    if (!draft.id.includes('/')) continue;
    const part = partOf(draft.id);
    if (part >= 0 && part !== draft.index) reportTwice(draft);
  }
  return (id: string) => declared.get(id) ?? partOf(id);
}

function childrenOf({ ids, parent }: Entities): Children {
  const childStart = new Int32Array(ids.length + 1);
  for (const p of parent) if (p >= 0) childStart[p + 1]++;
  for (let e = 0; e < ids.length; e++) childStart[e + 1] += childStart[e];
  const childList = new Int32Array(childStart[ids.length]);
  const next = childStart.slice();
  for (let e = 0; e < ids.length; e++) if (parent[e] >= 0) childList[next[parent[e]]++] = e;
  return { childStart, childList };
}

/** Links that were measured win over the constants of the class. */
function measureLinks(
  inventory: Inventory,
  base: Pick<Topology, 'indexOf' | 'parent'>,
  fabric: Fabric,
  problems: Problem[],
) {
  inventory.measuredLinks?.forEach(({ between, bytesPerS }, i) => {
    const [a, b] = between.map(id => base.indexOf(id));
    const path = ['measuredLinks', i, 'between'];
    const unknown = between.find(id => base.indexOf(id) < 0);
    if (unknown !== undefined) problems.push({ path, message: `there is no '${unknown}'` });
    else if (base.parent[a] !== base.parent[b]) {
      problems.push({ path, message: `${between.join(' and ')} are not parts of one host` });
    } else fabric.measure(a, b, bytesPerS);
  });
}

function collectAliases(drafts: readonly Draft[]): Alias[] {
  return drafts.flatMap(draft =>
    draft.aliases.map(alias => ({ entity: draft.index, type: alias.type, value: alias.value })),
  );
}

function collect<T>(drafts: readonly Draft[], pick: (draft: Draft) => T | undefined) {
  const found = new Map<number, T>();
  for (const draft of drafts) {
    const value = pick(draft);
    if (value !== undefined) found.set(draft.index, value);
  }
  return found;
}
