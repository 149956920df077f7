/** Reads a what-if answer: where it would go, per rack, and what changes per layer. */
import type { Placement, WhatIfAnswer } from './types.ts';

export interface Chosen {
  readonly host: string;
  readonly rack: string | undefined;
  readonly gpus: number;
}

/** One row of before and after. */
export interface Change {
  readonly layer: string;
  readonly signal: string;
  readonly before: number;
  readonly after: number;
}

const gpusOf = ({ gpus }: Placement): number => {
  if (typeof gpus === 'number') return gpus;
  return Array.isArray(gpus) ? gpus.length : 0;
};

export function chosenOf(answer: WhatIfAnswer): Chosen[] {
  return (answer.where ?? []).map(one =>
    typeof one === 'string'
      ? { host: one, rack: undefined, gpus: 0 }
      : { host: one.host ?? one.id ?? one.rack ?? '', rack: one.rack, gpus: gpusOf(one) },
  );
}

/** Text to mark each chosen rack by: how many GPUs would come to it. */
export function marksOf(
  chosen: readonly Chosen[],
  rackOf: (host: string) => string | undefined,
): Map<string, string> {
  const counts = new Map<string, number>();
  for (const one of chosen) {
    const rack = one.rack ?? rackOf(one.host);
    if (rack) counts.set(rack, (counts.get(rack) ?? 0) + one.gpus);
  }
  return new Map([...counts].map(([rack, count]) => [rack, count > 0 ? `+${count}` : '']));
}

/**
 * Before and after come per layer as objects of numbers: `{"row r1": {"powerW": 1}}`, or as lists of
 * `{id, <signal>: number}`. Every number that is on both sides is a row.
 */
export function changesOf(answer: WhatIfAnswer): Change[] {
  const before = flatten(answer.before);
  const after = flatten(answer.after);
  return [...before].flatMap(([key, value]) => {
    const then = after.get(key);
    if (then === undefined) return [];
    const at = key.lastIndexOf('\n');
    return [{ layer: key.slice(0, at), signal: key.slice(at + 1), before: value, after: then }];
  });
}

function flatten(part: unknown, layer = ''): Map<string, number> {
  const found = new Map<string, number>();
  if (typeof part !== 'object' || part === null) return found;
  for (const [key, value] of Object.entries(part)) {
    if (typeof value === 'number') found.set(`${layer}\n${key}`, value);
    else if (typeof value === 'object' && value !== null) {
      for (const one of flatten(value, layerName(key, value, layer))) found.set(...one);
    }
  }
  return found;
}

function layerName(key: string, value: object, layer: string): string {
  const named = 'id' in value ? value.id : 'entity' in value ? value.entity : undefined;
  const name = typeof named === 'string' ? named : /^\d+$/.test(key) ? '' : key;
  return [layer, name].filter(Boolean).join(' ');
}
