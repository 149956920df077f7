/**
 * Which of a host's components a BMC means. BMCs number parts from 0 or from 1, by PCI slot, or not
 * at all; the twin counts components of a kind from 0. A family is one way in which one BMC names
 * the parts of one kind; the book learns how each family counts from the parts it has seen.
 */
import type { Kind } from '../../../twin/index.ts';

export interface SlotRef {
  readonly kind: Kind;
  /** How the BMC came to name it: `sensor`, `Fan`, `PowerSupply`. */
  readonly family: string;
  /** The part's own path or name, unique within the family. */
  readonly part: string;
  /** The number in its name. */
  readonly ordinal?: number;
  /** One part, one number: two parts with the same number mean that it is no part number. */
  readonly exclusive?: boolean;
}

/** Sensors name their part by number only. */
export const sensorSlot = (kind: Kind, ordinal: number): SlotRef => ({
  ...{ kind, family: 'sensor', part: String(ordinal), ordinal },
});

interface Family {
  readonly parts: Map<string, number | undefined>;
  exclusive: boolean;
  /** Slots by part, or by ordinal; rebuilt after a new part. */
  slots: ((ref: SlotRef) => number) | undefined;
}

export interface SlotBook {
  /** Makes the part known; slots of its family may move while parts are still being found. */
  note(ref: SlotRef): void;
  /** 0-based slot of a noted part. */
  slotOf(ref: SlotRef): number;
}

const natural = new Intl.Collator('en', { numeric: true });

/** @param firstNumber configured number of the first part of a kind, where guessing would fail. */
export function createSlotBook(firstNumber: Partial<Record<Kind, number>> = {}): SlotBook {
  const families = new Map<string, Family>();
  const keyOf = (ref: SlotRef) => `${ref.kind}/${ref.family}`;

  function note(ref: SlotRef): void {
    const key = keyOf(ref);
    let family = families.get(key);
    if (!family) {
      family = { parts: new Map(), exclusive: false, slots: undefined };
      families.set(key, family);
    }
    if (family.parts.has(ref.part)) return;
    family.parts.set(ref.part, ref.ordinal);
    family.exclusive ||= ref.exclusive ?? false;
    family.slots = undefined;
  }

  function slotOf(ref: SlotRef): number {
    const family = families.get(keyOf(ref));
    if (!family) throw new Error(`part ${ref.part} was never noted`);
    family.slots ??= counting(family, firstNumber[ref.kind]);
    return family.slots(ref);
  }

  return { note, slotOf };
}

function counting(family: Family, first: number | undefined): (ref: SlotRef) => number {
  const numbers = [...family.parts.values()];
  const ordinals = [...new Set(numbers.filter(n => n !== undefined))].sort((a, b) => a - b);
  const numbered = !numbers.includes(undefined);
  const distinct = !family.exclusive || ordinals.length === numbers.length;
  if (!numbered || !distinct) return byRank([...family.parts.keys()].sort(natural.compare));
  const base = first ?? (ordinals[0] === 0 ? 0 : 1);
  // PCI slot numbers (14, 16) leave gaps that parts in a row do not
  const isSparse = first === undefined && (ordinals.at(-1) ?? 0) > 2 * ordinals.length + 1;
  return isSparse
    ? ref => ordinals.indexOf(ref.ordinal as number)
    : ref => Math.max(0, (ref.ordinal as number) - base);
}

function byRank(parts: readonly string[]): (ref: SlotRef) => number {
  const rank = new Map(parts.map((part, index) => [part, index]));
  return ref => rank.get(ref.part) as number;
}
