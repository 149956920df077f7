/** What somebody may have meant by an id that is not known. */
import { KIND_INDEX, type Topology } from '../../twin/index.ts';
import { nearestNames } from '../identity/nearest.ts';

export const NEAR_SHOWN = 3;

/** Names that are compared at most: some 20 ms, in which nothing else is answered. */
const COMPARED_MAX = 200_000;

interface Named {
  readonly entity: number;
  readonly name: string;
}

/** @returns ids, nearest first; empty when nothing is like it. */
export function nearIds(topology: Topology, id: string): string[] {
  const parts = partNames(topology, id);
  const names = parts.length > 0 ? parts : allNames(topology);
  return nearestNames(names, [id], NEAR_SHOWN).map(({ entity }) => topology.ids[entity]);
}

/** Those of some names that are like a text, nearest first. */
export function nearOf(names: readonly string[], text: string): string[] {
  const named = names.map(name => ({ entity: name, name }));
  return nearestNames(named, [text], NEAR_SHOWN).map(({ name }) => name);
}

/** Empty when nothing is like it. */
export const didYouMean = (ids: readonly string[]) =>
  ids.length > 0 ? `did you mean ${ids.map(id => `'${id}'`).join(', ')}?` : '';

/** Parts of what stands before the slash: `r1-k03-n1/gpu9` is meant to be one of that host. */
function partNames(topology: Topology, id: string): Named[] {
  const whole = topology.indexOf(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
  if (whole < 0) return [];
  const { childStart, childList, ids } = topology;
  return [...childList.subarray(childStart[whole], childStart[whole + 1])].map(entity => ({
    ...{ entity, name: ids[entity] },
  }));
}

/** Ids down to the host, then aliases, as far as there is time for them. */
function allNames(topology: Topology): Named[] {
  const end = Math.min(topology.kindStart[KIND_INDEX.host + 1], COMPARED_MAX);
  const named = topology.ids.slice(0, end).map((name, entity) => ({ entity, name }));
  const aliases = topology.aliases.slice(0, COMPARED_MAX - end);
  return [...named, ...aliases.map(({ entity, value }) => ({ entity, name: value }))];
}
