/**
 * A 64-bit fingerprint of a state, for determinism checks: same events, same hash. Two 32-bit lanes
 * of multiply-and-rotate over the words; not for security.
 */
import { KINDS } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';
import type { State } from './state.ts';

const PRIME_A = 0x9e3779b1;
const PRIME_B = 0x85ebca77;

/** Order of column creation does not matter: columns are taken by signal and kind. */
export function stateHash(state: State): string {
  const lanes = new Uint32Array([0x811c9dc5, 0x01000193]);
  const columns = [...state.columns].sort((a, b) => a.signal - b.signal || a.kind - b.kind);
  for (const column of columns) {
    mixText(lanes, `${SIGNALS[column.signal].id}@${KINDS[column.kind].id}`);
    const { firstCell, count } = column;
    mixNumbers(lanes, state.values.subarray(firstCell, firstCell + count));
    // The same time may be told from another epoch.
    const times = Float64Array.from({ length: count }, (_, i) => state.timeAt(firstCell + i));
    mixNumbers(lanes, times);
    for (let i = firstCell; i < firstCell + count; i++) mix(lanes, state.quality[i]);
  }
  mixNumbers(lanes, state.results);
  return [...lanes].map(lane => lane.toString(16).padStart(8, '0')).join('');
}

function mixText(lanes: Uint32Array, text: string) {
  for (let i = 0; i < text.length; i++) mix(lanes, text.charCodeAt(i));
}

function mixNumbers(lanes: Uint32Array, { buffer, byteOffset, length }: Float64Array) {
  const words = new Uint32Array(buffer, byteOffset, 2 * length);
  for (let i = 0; i < words.length; i++) mix(lanes, words[i]);
}

function mix(lanes: Uint32Array, word: number) {
  const a = Math.imul(lanes[0] ^ word, PRIME_A);
  lanes[0] = (a << 13) | (a >>> 19);
  const b = Math.imul(lanes[1] + word, PRIME_B);
  lanes[1] = ((b << 17) | (b >>> 15)) ^ lanes[0];
}
