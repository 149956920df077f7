/**
 * From many sensors to one reading a signal. A BMC reports the same quantity in several places
 * (sensor, metrics, legacy resource) of different worth, and several sensors may make one value
 * (hottest CPU, both rotors of a fan). The best rank that is still fresh is used, and its sensors
 * are combined, also when they were read in different polls.
 */
import type { Kind } from '../../../twin/index.ts';
import type { BmcReading } from '../contract.ts';
import type { Combine } from './sensor-rows.ts';
import type { SlotBook, SlotRef } from './slots.ts';

export interface Candidate {
  readonly kind: Kind;
  readonly signal: string;
  readonly value: number | string;
  /** Absent for the machine itself. */
  readonly slot?: SlotRef;
  readonly rank: number;
  readonly combine: Combine;
  /** Where it was read; a later candidate from there replaces this one. */
  readonly origin: string;
  readonly atMs: number;
  /** How long it stands when its origin is not read again. */
  readonly holdMs: number;
}

export interface Arbiter {
  offer(candidate: Candidate): void;
  /** What an origin said no longer counts, because it now says nothing usable. */
  withdraw(origin: string): void;
  /**
   * Readings of the signals that were offered something since the last call.
   * @param withParts false while parts are still being found, since their slots may move
   */
  take(nowMs: number, withParts: boolean): BmcReading[];
  /** Whether a better sensor of the same quantity is fresh, so that this one is not used. */
  isOutranked(candidate: Candidate): boolean;
  /** Candidates that lost to a better sensor of the same quantity since the last call. */
  takeOutranked(): number;
  /** The last reading of every signal, each with its own time. */
  cached(): BmcReading[];
}

interface Field {
  readonly candidates: Map<string, Candidate>;
  touched: boolean;
}

export function createArbiter(slots: SlotBook): Arbiter {
  const fields = new Map<string, Field>();
  const last = new Map<string, BmcReading>();
  let outranked = 0;

  function offer(candidate: Candidate): void {
    if (candidate.slot) slots.note(candidate.slot);
    const key = `${candidate.kind}/${candidate.signal}`;
    let field = fields.get(key);
    if (!field) {
      field = { candidates: new Map(), touched: false };
      fields.set(key, field);
    }
    field.candidates.set(candidate.origin, candidate);
    field.touched = true;
  }

  function withdraw(origin: string): void {
    for (const field of fields.values())
      if (field.candidates.delete(origin) && field.candidates.size > 0) field.touched = true;
  }

  function take(nowMs: number, withParts: boolean): BmcReading[] {
    const readings: BmcReading[] = [];
    for (const field of fields.values()) {
      if (!field.touched) continue;
      const best = bestOf(field, nowMs);
      const isPart = best[0]?.slot !== undefined;
      if (isPart && !withParts) continue;
      field.touched = false;
      outranked += field.candidates.size - best.length;
      for (const group of groupBySlot(best, slots)) readings.push(combined(group));
    }
    for (const reading of readings) last.set(keyOf(reading), reading);
    return readings;
  }

  function isOutranked({ kind, signal, rank, atMs }: Candidate): boolean {
    const rivals = fields.get(`${kind}/${signal}`)?.candidates.values() ?? [];
    return [...rivals].some(rival => rival.rank < rank && atMs - rival.atMs <= rival.holdMs);
  }

  return {
    offer,
    withdraw,
    take,
    isOutranked,
    takeOutranked() {
      const count = outranked;
      outranked = 0;
      return count;
    },
    cached: () => [...last.values()],
  };
}

const keyOf = (reading: BmcReading) => `${reading.kind}/${reading.slot ?? ''}/${reading.signal}`;

/** Fresh candidates of the lowest rank; stale ones are forgotten. */
function bestOf(field: Field, nowMs: number): Candidate[] {
  let rank = Number.POSITIVE_INFINITY;
  for (const [origin, candidate] of field.candidates) {
    if (nowMs - candidate.atMs > candidate.holdMs) field.candidates.delete(origin);
    else rank = Math.min(rank, candidate.rank);
  }
  return [...field.candidates.values()].filter(candidate => candidate.rank === rank);
}

function groupBySlot(candidates: readonly Candidate[], slots: SlotBook): SlottedGroup[] {
  const groups = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    const slot = candidate.slot ? slots.slotOf(candidate.slot) : -1;
    const group = groups.get(slot);
    if (group) group.push(candidate);
    else groups.set(slot, [candidate]);
  }
  return [...groups].map(([slot, members]) => ({ slot, members }));
}

interface SlottedGroup {
  readonly slot: number;
  readonly members: readonly Candidate[];
}

function combined({ slot, members }: SlottedGroup): BmcReading {
  const { value, atMs } = combine(members);
  const { kind, signal } = members[0];
  return slot < 0 ? { kind, signal, value, atMs } : { kind, slot, signal, value, atMs };
}

/** A sum is as old as its oldest part; a chosen value as old as itself. */
function combine(members: readonly Candidate[]): { value: number | string; atMs: number } {
  const op = members[0].combine;
  if (op === 'sum') {
    const value = members.reduce((total, { value }) => total + Number(value), 0);
    return { value, atMs: Math.min(...members.map(member => member.atMs)) };
  }
  if (op === 'first') return members[0];
  const sign = op === 'max' ? 1 : -1;
  return members.reduce((best, next) =>
    sign * (Number(next.value) - Number(best.value)) > 0 ? next : best,
  );
}
