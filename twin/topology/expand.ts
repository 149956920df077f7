/**
 * Unrolls an inventory's generators into drafts: one object per declared entity, in depth-first
 * order. Components that follow from a host's class are added later, without drafts, by `build.ts`.
 */
import { KINDS, type Kind } from '../tables/kinds.ts';
import type { Inventory, InventoryNode } from './inventory.ts';
import type { Problem } from './problem.ts';
import { fill, globTest, type Names } from './template.ts';
import type { AliasType } from './topology.ts';

export interface Draft {
  readonly kind: Kind;
  readonly id: string;
  readonly parent: Draft | null;
  classId: string | undefined;
  readonly feed: string | undefined;
  /** What templates of its children and of the wiring may name. */
  readonly names: Names;
  attributes: Readonly<Record<string, string | number | boolean>> | undefined;
  aliases: readonly { type: AliasType; value: string }[];
  limits: Readonly<Record<string, number>> | undefined;
  readonly path: readonly (string | number)[];
  /** Dense index, set by the builder. */
  index: number;
}

const MAX_ENTITIES = 5_000_000;

export function expand(inventory: Inventory, problems: Problem[]): Draft[] {
  const drafts: Draft[] = [];
  try {
    unroll(drafts, 'site', [inventory.site], { parent: null, path: ['site'], single: true });
  } catch (error) {
    if (!(error instanceof InventoryError)) throw error;
    problems.push(error.problem);
  }
  return applyOverrides(drafts, inventory, problems);
}

interface Place {
  readonly parent: Draft | null;
  readonly path: readonly (string | number)[];
  /** The site is one object, not a list: its path has no position. */
  readonly single?: boolean;
}

class InventoryError extends Error {
  readonly problem: Problem;
  constructor(path: Problem['path'], message: string) {
    super(message);
    this.problem = { path, message };
  }
}

function unroll(drafts: Draft[], kind: Kind, nodes: readonly InventoryNode[], place: Place) {
  nodes.forEach((node, position) => {
    const path = place.single ? place.path : [...place.path, position];
    const first = node.from ?? 1;
    for (let n = first; n < first + (node.count ?? 1); n++) {
      if (drafts.length >= MAX_ENTITIES) {
        throw new InventoryError([...path, 'count'], `more than ${MAX_ENTITIES} entities`);
      }
      const draft = makeDraft(kind, node, n, { parent: place.parent, path });
      drafts.push(draft);
      unrollChildren(drafts, draft, node);
    }
  });
}

function unrollChildren(drafts: Draft[], parent: Draft, node: InventoryNode) {
  for (const row of KINDS) {
    const children = node[row.plural] as InventoryNode[] | undefined;
    if (children) unroll(drafts, row.id, children, { parent, path: [...parent.path, row.plural] });
  }
}

function makeDraft(kind: Kind, node: InventoryNode, n: number, place: Place): Draft {
  const { parent, path } = place;
  const feed = node.feed ?? parent?.feed;
  // {feed} is the side a thing is on, also for things of the kind `feed`.
  const side: Names = feed ? { feed: feed.toLowerCase() } : {};
  const outer = { ...parent?.names, n, ...side };
  const id = filled(node.id, outer, [...path, 'id']);
  if (node.count !== undefined && node.count > 1 && !node.id.includes('{n')) {
    throw new InventoryError([...path, 'id'], `'${node.id}' repeats: count needs {n} in the id`);
  }
  const names = { ...outer, id, [kind]: id, [`${kind}.n`]: n, ...side };
  return {
    kind,
    id,
    parent,
    classId: node.class,
    feed,
    names,
    attributes: attributesOf(node, names, path),
    aliases: aliasesOf(node.aliases, names, path),
    limits: node.limits,
    path,
    index: -1,
  };
}

function filled(template: string, names: Names, path: Problem['path']): string {
  try {
    return fill(template, names);
  } catch (error) {
    throw new InventoryError(path, (error as Error).message);
  }
}

function attributesOf(node: InventoryNode, names: Names, path: Problem['path']) {
  if (!node.attributes && !node.title && !node.feed) return undefined;
  return {
    ...node.attributes,
    ...(node.title ? { title: filled(node.title, names, [...path, 'title']) } : {}),
    ...(node.feed ? { feed: node.feed } : {}),
  };
}

function aliasesOf(aliases: InventoryNode['aliases'], names: Names, path: Problem['path']) {
  if (!aliases) return [];
  return Object.entries(aliases).flatMap(([type, values]) =>
    [values].flat().map(value => ({
      type: type as AliasType,
      value: filled(value, names, [...path, 'aliases', type]),
    })),
  );
}

function applyOverrides(drafts: Draft[], inventory: Inventory, problems: Problem[]): Draft[] {
  const removed = new Set<Draft>();
  inventory.overrides?.forEach((override, position) => {
    const path = ['overrides', position];
    const matches = globTest(override.match);
    const hit = drafts.filter(
      draft => matches(draft.id) && (override.kind === undefined || draft.kind === override.kind),
    );
    if (hit.length === 0) {
      problems.push({ path: [...path, 'match'], message: `'${override.match}' matches nothing` });
    }
    for (const draft of hit) {
      if (override.remove) removed.add(draft);
      applyOverride(draft, override, path);
    }
  });
  if (removed.size === 0) return drafts;
  return drafts.filter(draft => {
    if (draft.parent && removed.has(draft.parent)) removed.add(draft);
    return !removed.has(draft);
  });
}

type Override = NonNullable<Inventory['overrides']>[number];

function applyOverride(draft: Draft, override: Override, path: Problem['path']) {
  if (override.class) draft.classId = override.class;
  if (override.attributes) draft.attributes = { ...draft.attributes, ...override.attributes };
  if (override.limits) draft.limits = { ...draft.limits, ...override.limits };
  const aliases = override.aliases as InventoryNode['aliases'];
  draft.aliases = [...draft.aliases, ...aliasesOf(aliases, draft.names, path)];
}
