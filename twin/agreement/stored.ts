/**
 * What the comparison has learnt as bytes, and back: all of it or nothing. It holds for one plan, that
 * is for the same points in the same balances, and for one pace of rounds.
 */
import { type Column, decodeSections, encodeSections } from '../state/sections.ts';
import { KINDS } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';
import type { Agreement } from './agreement.ts';
import { type AnyKept, spell, unspell } from './keep.ts';
import type { AgreementPlan } from './plan.ts';

/** 'OAGR' in memory order. A change of what the columns hold is another version. */
const FORMAT = { magic: 0x5247414f, version: 1 };

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

/** Not while a round is under way. @param atMs time of the last round */
export function encodeAgreement(agreement: Agreement, atMs: number): Uint8Array<ArrayBuffer> {
  const kept = Object.entries<AnyKept>(agreement.kept);
  const notes = Object.fromEntries(kept.map(([name, each]) => [name, spell(each.notes())]));
  const head: Head = { atMs, plan: planHash(agreement.plan), roundS: agreement.roundS, notes };
  const columns = kept.flatMap(([, { columns: own, loose }]): Column[] =>
    loose ? [...own, loose.pack()] : [...own],
  );
  return encodeSections(FORMAT, { head, columns });
}

/** Puts stored bytes into a comparison that has not seen a round. What is refused leaves it fresh. */
export function restoreAgreement(agreement: Agreement, bytes: Uint8Array): StoredAnswer {
  const version = versionOf(bytes);
  if (version !== undefined && version !== FORMAT.version) {
    return refuse('version', `version ${version}, now ${FORMAT.version}`);
  }
  let sections: ReturnType<typeof decodeSections<Head>>;
  try {
    sections = decodeSections<Head>(FORMAT, bytes);
  } catch (error) {
    return refuse('damaged', error instanceof Error ? error.message : String(error));
  }
  const { head, columns } = sections;
  if (head.plan !== planHash(agreement.plan)) {
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
  fill(agreement, head.notes, columns);
  return { ok: true, atMs: head.atMs };
}

/** Undefined where it is of another kind. */
function versionOf({ buffer, byteOffset, byteLength }: Uint8Array): number | undefined {
  if (byteLength < 8) return undefined;
  const view = new DataView(buffer, byteOffset, byteLength);
  return view.getUint32(0, true) === FORMAT.magic ? view.getUint32(4, true) : undefined;
}

const refuse = (why: StoredRefusal, detail: string): StoredAnswer => ({ ok: false, why, detail });

function fill(agreement: Agreement, notes: Head['notes'], columns: readonly Column[]) {
  const rest = [...columns];
  for (const [name, { columns: own, loose, recall }] of Object.entries<AnyKept>(agreement.kept)) {
    for (const column of own) column.set(rest.shift()!);
    if (loose) loose.unpack(rest.shift() as Float64Array);
    recall(unspell(notes[name]) as never);
  }
}

/** FNV-1a over everything that gives a point or an equation its place. */
export function planHash({ points, equations, families, topology }: AgreementPlan): number {
  let hash = 0x811c9dc5;
  const mix = (text: string) => {
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    hash = Math.imul(hash ^ 0xff, 0x01000193);
  };
  for (const { signal, kind, firstEntity, count } of points.columns) {
    mix(`${SIGNALS[signal].id} ${KINDS[kind].id} ${count}`);
    for (let i = 0; i < count; i++) mix(topology.ids[firstEntity + i]);
  }
  for (const { row, classIndex, members } of families) {
    mix(`${row.id} ${topology.classes[classIndex]?.id} ${members.length}`);
  }
  for (const number of equations.point) hash = Math.imul(hash ^ number, 0x01000193);
  return hash >>> 0;
}
