/** Entities by hashes of their ids: small, and the same in any inventory that has them. */
import type { Parts } from '../parts.ts';
import type { Topology } from './topology.ts';

const IDS_A_PART = 20_000;

type IdHashes = readonly [high: Uint32Array, low: Uint32Array];

/**
 * Two hashes of 32 bits of each entity's id: among a million, two share both once in 37 million.
 * @param first entity, @param count of them that follow each other
 */
export function* idHashes({ ids }: Topology, first: number, count: number): Parts<IdHashes> {
  const high = new Uint32Array(count);
  const low = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    if (i % IDS_A_PART === 0) yield;
    const id = ids[first + i];
    let a = 0x811c9dc5;
    let b = 0x9e3779b1;
    for (let k = 0; k < id.length; k++) {
      a = Math.imul(a ^ id.charCodeAt(k), 0x01000193);
      b = Math.imul(b + id.charCodeAt(k), 0x85ebca77);
      b ^= b >>> 13;
    }
    high[i] = a;
    low[i] = b;
  }
  return [high, low];
}
