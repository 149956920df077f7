/**
 * A 64-bit fingerprint of a state, for determinism checks: same events, same hash. Two 32-bit lanes
 * of multiply-and-rotate over the words; not for security.
 */
import { KINDS } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';
import { PLANE_IDS } from '../topology/plane.ts';
import { MEASURED, STALE } from './quality.ts';
import type { State } from './state.ts';

const PRIME_A = 0x9e3779b1;
const PRIME_B = 0x85ebca77;

/** The fingerprint of what was measured: two states of one history have it in common. */
export function measuredHash(state: State): string {
  const lanes = newLanes();
  for (const { signal, kind, firstCell, count } of sortedColumns(state)) {
    if (!SIGNALS[signal].kinds.includes(KINDS[kind].id)) continue;
    mixText(lanes, `${SIGNALS[signal].id}@${KINDS[kind].id}`);
    for (let cell = firstCell; cell < firstCell + count; cell++) {
      const quality = state.quality[cell];
      if (quality !== MEASURED && quality !== STALE) continue;
      mix(lanes, cell - firstCell);
      mix(lanes, quality);
      mixNumbers(lanes, Float64Array.of(state.values[cell], state.timeAt(cell)));
    }
  }
  return textOf(lanes);
}

/** Order of column creation does not matter: columns are taken by signal and kind. */
export function stateHash(state: State): string {
  const lanes = newLanes();
  for (const column of sortedColumns(state)) {
    mixText(lanes, `${SIGNALS[column.signal].id}@${KINDS[column.kind].id}`);
    const { firstCell, count } = column;
    mixNumbers(lanes, state.values.subarray(firstCell, firstCell + count));
    // The same time may be told from another epoch.
    const times = Float64Array.from({ length: count }, (_, i) => state.timeAt(firstCell + i));
    mixNumbers(lanes, times);
    for (let i = firstCell; i < firstCell + count; i++) mix(lanes, state.quality[i]);
  }
  mixNumbers(lanes, state.results);
  for (const id of PLANE_IDS) mixNumbers(lanes, state.planes[id].limit);
  return textOf(lanes);
}

const newLanes = () => new Uint32Array([0x811c9dc5, 0x01000193]);

const textOf = (lanes: Uint32Array) =>
  [...lanes].map(lane => lane.toString(16).padStart(8, '0')).join('');

const sortedColumns = (state: State) =>
  [...state.columns].sort((a, b) => a.signal - b.signal || a.kind - b.kind);

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
