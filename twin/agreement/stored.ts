/**
 * What the comparison has learnt as bytes, and back: all of it or nothing. It holds for one plan, that
 * is for the same points in the same balances, and for one pace of rounds.
 */
import { type Parts, partsOf } from '../parts.ts';
import {
  type Column,
  decodeSections,
  encodeSections,
  type Sections,
  versionOf,
} from '../state/sections.ts';
import { KINDS } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';
import type { Agreement } from './agreement.ts';
import { type AnyKept, spell, unspell } from './keep.ts';
import type { AgreementPlan } from './plan.ts';

/** 'OAGR' in memory order. A change of what the columns hold is another version. */
const FORMAT = { magic: 0x5247414f, version: 1 };

const IDS_A_PART = 20_000;
const NUMBERS_A_PART = 500_000;

interface Head {
  readonly atMs: number;
  readonly plan: number;
  readonly roundS: number;
  readonly notes: Readonly<Record<string, unknown>>;
}

/** Why stored bytes were not taken. */
export const STORED_REFUSALS = ['damaged', 'version', 'plan', 'pace'] as const;
export type StoredRefusal = (typeof STORED_REFUSALS)[number];

export type StoredAnswer =
  | { readonly ok: true; readonly atMs: number }
  | { readonly ok: false; readonly why: StoredRefusal; readonly detail: string };

/** No round may begin before the last part is done. @param atMs time of the last round */
export function* encodeAgreement(
  agreement: Agreement,
  atMs: number,
): Parts<Uint8Array<ArrayBuffer>> {
  const plan = yield* planHash(agreement.plan);
  const columns: Column[] = [];
  const notes: Record<string, unknown> = {};
  for (const [name, each] of Object.entries<AnyKept>(agreement.kept)) {
    notes[name] = spell(each.notes());
    columns.push(...each.columns);
    yield;
    if (each.loose) columns.push(yield* each.loose.pack());
  }
  const head: Head = { atMs, plan, roundS: agreement.roundS, notes };
  return yield* encodeSections(FORMAT, { head, columns });
}

/** Puts stored bytes into a comparison that has not seen a round. What is refused leaves it fresh. */
export function* restoreAgreement(agreement: Agreement, bytes: Uint8Array): Parts<StoredAnswer> {
  const version = versionOf(FORMAT, bytes);
  if (version !== undefined && version !== FORMAT.version) {
    return refuse('version', `version ${version}, now ${FORMAT.version}`);
  }
  let sections: Sections<Head>;
  try {
    sections = yield* decodeSections<Head>(FORMAT, bytes);
  } catch (error) {
    return refuse('damaged', error instanceof Error ? error.message : String(error));
  }
  const { head, columns } = sections;
  if (head.plan !== (yield* planHash(agreement.plan))) {
    return refuse('plan', 'other points or balances than now');
  }
  if (head.roundS !== agreement.roundS) {
    return refuse('pace', `rounds of ${head.roundS} s, now of ${agreement.roundS} s`);
  }
  const places = Object.values<AnyKept>(agreement.kept);
  const isOfPlace = places.flatMap(({ columns: own, loose }) => [
    ...own.map(column => (each: Column) => each.length === column.length),
    ...(loose ? [() => true] : []),
  ]);
  const fits =
    columns.length === isOfPlace.length && columns.every((column, i) => isOfPlace[i](column));
  if (!fits) return refuse('damaged', 'columns of another shape');
  yield* fill(agreement, head.notes, columns);
  return { ok: true, atMs: head.atMs };
}

const refuse = (why: StoredRefusal, detail: string): StoredAnswer => ({ ok: false, why, detail });

function* fill(agreement: Agreement, notes: Head['notes'], columns: readonly Column[]): Parts {
  const rest = [...columns];
  for (const [name, { columns: own, loose, recall }] of Object.entries<AnyKept>(agreement.kept)) {
    for (const column of own) {
      column.set(rest.shift()!);
      yield;
    }
    if (loose) yield* loose.unpack(rest.shift() as Float64Array);
    recall(unspell(notes[name]) as never);
  }
}

/** FNV-1a over everything that gives a point or an equation its place. */
function* planHash({ points, equations, families, topology }: AgreementPlan): Parts<number> {
  let hash = 0x811c9dc5;
  const mix = (text: string) => {
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    hash = Math.imul(hash ^ 0xff, 0x01000193);
  };
  for (const { signal, kind, firstEntity, count } of points.columns) {
    mix(`${SIGNALS[signal].id} ${KINDS[kind].id} ${count}`);
    for (const [from, to] of partsOf(firstEntity, firstEntity + count, IDS_A_PART)) {
      for (let entity = from; entity < to; entity++) mix(topology.ids[entity]);
      yield;
    }
  }
  for (const { row, classIndex, members } of families) {
    mix(`${row.id} ${topology.classes[classIndex]?.id} ${members.length}`);
  }
  for (const [from, to] of partsOf(0, equations.point.length, NUMBERS_A_PART)) {
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ equations.point[i], 0x01000193);
    yield;
  }
  return hash >>> 0;
}
