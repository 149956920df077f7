/**
 * Which joins of the last topology generation still hold in the new one. A series whose entity keeps
 * its names, its place and its place's names needs no new look at its labels, which for a million
 * series is the difference between a blink and many seconds.
 */
import { KIND_INDEX, type Topology } from '../../twin/index.ts';
import { shortNameOf } from '../identity/normalise.ts';

const GONE = -1;

/**
 * @returns for each entity of `from` its index in `to`, or -1 where it is gone or where the names
 *   by which series find it, or may now find another, have changed
 */
export function entitiesThatStay(from: Topology, to: Topology): Int32Array {
  const moved = Int32Array.from(from.ids, id => to.indexOf(id));
  const before = placesOf(from);
  const after = placesOf(to);
  for (let e = 0; e < from.count; e++) {
    if (moved[e] !== GONE && !isSamePlace([from, before], [to, after], [e, moved[e]])) {
      moved[e] = GONE;
    }
  }
  dropRenamed(from, to, moved);
  dropOutlets(from, moved);
  dropParts(from, moved);
  return moved;
}

/** Position of each entity among its siblings of its kind, and how many they are. */
interface Places {
  readonly position: Int32Array;
  readonly count: Int32Array;
}

/** Siblings of one kind are consecutive entities. */
function placesOf({ count, kind, parent }: Topology): Places {
  const places = { position: new Int32Array(count), count: new Int32Array(count) };
  for (let start = 0; start < count; ) {
    let end = start + 1;
    while (end < count && kind[end] === kind[start] && parent[end] === parent[start]) end++;
    for (let e = start; e < end; e++) places.position[e] = e - start;
    places.count.fill(end - start, start, end);
    start = end;
  }
  return places;
}

type Placed = readonly [Topology, Places];

/** Down to the host things are found by name alone, below it by their position too. */
function isSamePlace([from, old]: Placed, [to, now]: Placed, [e, m]: [number, number]): boolean {
  const kind = from.kind[e];
  if (kind !== to.kind[m]) return false;
  if (kind <= KIND_INDEX.host) return true;
  if (old.position[e] !== now.position[m] || old.count[e] !== now.count[m]) return false;
  return from.ids[from.parent[e]] === to.ids[to.parent[m]];
}

/** Drops entities whose names changed, and those that share a name with one that changed. */
function dropRenamed(from: Topology, to: Topology, moved: Int32Array): void {
  const oldSums = nameSums(from);
  const newSums = nameSums(to);
  const touched = new Set<string>();
  const isKnown = new Uint8Array(to.count);
  for (let e = 0; e < from.count; e++) {
    if (moved[e] === GONE) touch(touched, from.ids[e]);
    else if (oldSums[e] === newSums[moved[e]]) isKnown[moved[e]] = 1;
    else moved[e] = GONE;
  }
  for (let e = 0; e < to.count; e++) if (!isKnown[e]) touch(touched, to.ids[e]);
  for (const { entity, value } of from.aliases) if (moved[entity] === GONE) touch(touched, value);
  for (const { entity, value } of to.aliases) if (!isKnown[entity]) touch(touched, value);
  if (touched.size === 0) return;
  for (let e = 0; e < from.count; e++) if (touched.has(from.ids[e].toLowerCase())) moved[e] = GONE;
  for (const { entity, value } of from.aliases) {
    if (namesOf(value).some(name => touched.has(name))) moved[entity] = GONE;
  }
}

/** A sum over the aliases of each entity that does not depend on their order. */
function nameSums({ aliases, count }: Topology): Float64Array {
  const sums = new Float64Array(count);
  for (const { entity, type, value } of aliases) sums[entity] += hash(`${type} ${value}`);
  return sums;
}

function hash(text: string): number {
  let a = 0x811c9dc5;
  let b = 7;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = (Math.imul(b, 31) + text.charCodeAt(i)) & 0xfffff;
  }
  return (a >>> 0) * 0x100000 + b;
}

const touch = (touched: Set<string>, name: string) => {
  for (const each of namesOf(name)) touched.add(each);
};

/** What a name may be found by: itself, its short form, the PDU of an outlet, the end of an id. */
function namesOf(value: string): string[] {
  const name = value.toLowerCase();
  const short = shortNameOf(name);
  const cut = name.lastIndexOf('/');
  const names = short === undefined ? [name] : [name, short];
  return cut < 0 ? names : [...names, name.slice(0, cut)];
}

/** An outlet is found by any name of its PDU. */
function dropOutlets(from: Topology, moved: Int32Array): void {
  const pdus = new Set<string>();
  const isGone = (e: number) => from.kind[e] === KIND_INDEX.pdu && moved[e] === GONE;
  for (let e = from.kindStart[KIND_INDEX.pdu]; e < from.kindStart[KIND_INDEX.pdu + 1]; e++) {
    if (isGone(e)) touch(pdus, from.ids[e]);
  }
  for (const { entity, value } of from.aliases) if (isGone(entity)) touch(pdus, value);
  if (pdus.size === 0) return;
  for (const { entity, type, value } of from.aliases) {
    if (type === 'pduOutlet' && namesOf(value).some(name => pdus.has(name))) moved[entity] = GONE;
  }
}

/** Series of parts find their host first, and those of a host may come by its BMC's name. */
function dropParts({ kind, parent, count }: Topology, moved: Int32Array): void {
  for (let e = count - 1; e >= 0; e--) {
    if (kind[e] === KIND_INDEX.bmc && moved[e] === GONE) moved[parent[e]] = GONE;
  }
  for (let e = 0; e < count; e++) {
    if (kind[e] > KIND_INDEX.host && moved[parent[e]] === GONE) moved[e] = GONE;
  }
}
