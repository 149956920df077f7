/** Documents that are right in their grammar, and wrong in what they say. */
import type { Random } from './random.ts';

/** A copy with some values exchanged for strange ones. */
export function twisted(value: unknown, random: Random, strange: readonly unknown[]): unknown {
  if (random.isOneIn(25)) return random.pick(strange);
  if (Array.isArray(value)) return value.map(each => twisted(each, random, strange));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    copy[key] = twisted((value as Record<string, unknown>)[key], random, strange);
  }
  return copy;
}
