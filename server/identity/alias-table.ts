/**
 * A hash table from names to entities that keeps no names: 64 bits of hash and one index, 13 bytes
 * an entry, so that a million aliases fit in 32 MB. With 10^6 names the chance that two different
 * ones share all 64 bits is 3e-8.
 */

export const MISSING = -1;
/** The name belongs to several entities: a lookup must not choose. */
export const AMBIGUOUS = -2;

/** How a name came to be known; the more explicit one wins. */
export const DERIVED = 1;
export const LEARNED = 2;
export const STATED = 3;
export type Provenance = typeof DERIVED | typeof LEARNED | typeof STATED;

const FIRST_SLOTS = 1024;
const MAX_LOAD = 0.6;

export class AliasTable {
  private low = new Uint32Array(FIRST_SLOTS);
  private high = new Uint32Array(FIRST_SLOTS);
  private entity = new Int32Array(FIRST_SLOTS);
  /** 0: an empty slot. */
  private provenance = new Uint8Array(FIRST_SLOTS);
  private used = 0;
  private hashLow = 0;
  private hashHigh = 0;

  get size(): number {
    return this.used;
  }

  get bytes(): number {
    return this.provenance.length * 13;
  }

  /** @param scope host of a scoped alias, -1 for the others. */
  get(space: number, scope: number, name: string): number {
    const slot = this.slotOf(space, scope, name);
    return this.provenance[slot] === 0 ? MISSING : this.entity[slot];
  }

  /**
   * @returns the entity that the name had before when it differs: the name is now ambiguous, or
   * stays with the more explicit one; MISSING otherwise.
   */
  set(space: number, scope: number, name: string, value: [entity: number, by: Provenance]): number {
    const [entity, by] = value;
    let slot = this.slotOf(space, scope, name);
    const known = this.provenance[slot];
    if (known === 0) {
      if ((this.used + 1) / this.provenance.length > MAX_LOAD) {
        this.grow();
        slot = this.slotOf(space, scope, name);
      }
      this.used++;
      this.put(slot, entity, by);
      return MISSING;
    }
    const before = this.entity[slot];
    if (before === entity) {
      if (by > known) this.provenance[slot] = by;
      return MISSING;
    }
    if (by > known) this.put(slot, entity, by);
    else if (by === known) this.entity[slot] = AMBIGUOUS;
    return before;
  }

  private put(slot: number, entity: number, by: Provenance) {
    this.low[slot] = this.hashLow;
    this.high[slot] = this.hashHigh;
    this.entity[slot] = entity;
    this.provenance[slot] = by;
  }

  private slotOf(space: number, scope: number, name: string): number {
    this.hash(space, scope, name);
    const mask = this.provenance.length - 1;
    let slot = this.hashLow & mask;
    while (
      this.provenance[slot] !== 0 &&
      (this.low[slot] !== this.hashLow || this.high[slot] !== this.hashHigh)
    ) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Two multiplicative hashes of one pass over the name, each mixed as in MurmurHash3. */
  private hash(space: number, scope: number, name: string) {
    let a = Math.imul(space + 0x9e3779b9, 0x01000193) ^ scope;
    let b = Math.imul(scope + 0x7f4a7c15, 0x85ebca6b) ^ space;
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b + code, 0xcc9e2d51);
      b = (b << 13) | (b >>> 19);
    }
    this.hashLow = mix(a);
    this.hashHigh = mix(b ^ name.length);
  }

  private grow() {
    const { low, high, entity, provenance } = this;
    const slots = provenance.length * 2;
    this.low = new Uint32Array(slots);
    this.high = new Uint32Array(slots);
    this.entity = new Int32Array(slots);
    this.provenance = new Uint8Array(slots);
    for (let i = 0; i < provenance.length; i++) {
      if (provenance[i] === 0) continue;
      let slot = low[i] & (slots - 1);
      while (this.provenance[slot] !== 0) slot = (slot + 1) & (slots - 1);
      this.hashLow = low[i];
      this.hashHigh = high[i];
      this.put(slot, entity[i], provenance[i] as Provenance);
    }
  }
}

function mix(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
