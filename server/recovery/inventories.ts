/** Which inventory stood when, as far back as the history knows, and its entities. */
import type { Topology } from '../../twin/index.ts';
import { topologyOf } from './past-model.ts';

interface Stood {
  /** Key of the generation. */
  readonly generation: string;
  readonly fromMs: number;
}

export interface Inventories {
  /** The one that stood at an instant; the oldest known for all before it. */
  at(atMs: number): { readonly generation: string; readonly topology: Topology };
  /** Those that stood in [fromMs, toMs), one after the other, each with its part of it. */
  between(fromMs: number, toMs: number): readonly Stretch[];
}

export interface Stretch {
  readonly topology: Topology;
  readonly fromMs: number;
  readonly toMs: number;
}

interface InventoriesOptions {
  readonly dataDir: string;
  /** Key and entities of the generation that stands. */
  readonly current: () => { readonly generation: string; readonly topology: Topology };
  /** From the oldest to the one that stands. */
  readonly stood: () => readonly Stood[];
}

/** A topology of a large site is a hundred megabytes. */
const KEPT = 2;

export function createInventories({ dataDir, current, stood }: InventoriesOptions): Inventories {
  const built = new Map<string, Topology>();

  function topologyFor(generation: string): Topology {
    const now = current();
    if (generation === now.generation) return now.topology;
    const known = built.get(generation) ?? topologyOf(dataDir, generation);
    // the last one asked for stays longest
    built.delete(generation);
    built.set(generation, known);
    for (const [oldest] of built) if (built.size > KEPT) built.delete(oldest);
    return known;
  }

  function generationAt(atMs: number): string {
    const known = stood();
    const found = known.findLast(({ fromMs }) => fromMs <= atMs) ?? known[0];
    return found?.generation ?? current().generation;
  }

  return {
    at(atMs) {
      const generation = generationAt(atMs);
      return { generation, topology: topologyFor(generation) };
    },
    between(fromMs, toMs) {
      const changes = stood().filter(each => each.fromMs > fromMs && each.fromMs < toMs);
      const starts = [fromMs, ...changes.map(each => each.fromMs)];
      return starts.map((start, i) => ({
        topology: topologyFor(generationAt(start)),
        ...{ fromMs: start, toMs: starts[i + 1] ?? toMs },
      }));
    },
  };
}
