/**
 * What prediction has learned as bytes, and back. Entities are told by hashes of their ids, so that it
 * survives a change of the inventory. What the jobs that run draw is not in it: their own readings
 * tell within minutes.
 */
import { atOnce, type Parts } from '../parts.ts';
import { type Column, decodeSections, encodeSections } from '../state/sections.ts';
import { idHashes } from '../topology/id-hashes.ts';
import type { Topology } from '../topology/topology.ts';
import type { LearnedColumn } from './learned.ts';
import type { Predictor } from './predictor.ts';
import type { PredictedSite } from './site.ts';

/** 'OPRE' in memory order. */
const FORMAT = { magic: 0x4552504f, version: 1 };
const KINDS = ['gpu', 'host', 'rack'] as const;
type PredictedKind = (typeof KINDS)[number];

interface Head {
  readonly atMs: number;
  readonly sinceMs: number;
  readonly counts: Readonly<Record<PredictedKind, number>>;
  readonly columns: readonly Pick<LearnedColumn, 'name' | 'of'>[];
  readonly notes: readonly string[];
}

interface PredictionRestored {
  /** When the bytes were made, and since when was learned, epoch ms. */
  readonly atMs: number;
  readonly sinceMs: number;
  /** Entities of which something came back, and those that are gone. */
  readonly restored: number;
  readonly left: number;
}

const entitiesOf = ({ gpus, hosts, racks }: PredictedSite, kind: PredictedKind) =>
  ({ gpu: gpus, host: hosts, rack: racks })[kind];

const hashesOf = (topology: Topology, entities: Int32Array) =>
  idHashes(topology, entities[0] ?? 0, entities.length);

/** Nothing may be taken in before the last part is done. */
export function* encodePrediction(
  { site, topology, learned }: Predictor,
  { atMs, sinceMs }: { readonly atMs: number; readonly sinceMs: number },
): Parts<Uint8Array<ArrayBuffer>> {
  const columns = learned.columns();
  const notes = Object.entries(learned.notes());
  const head: Head = {
    ...{ atMs, sinceMs },
    counts: { gpu: site.gpus.length, host: site.hosts.length, rack: site.racks.length },
    columns: columns.map(({ name, of }) => ({ name, of })),
    notes: notes.map(([name]) => name),
  };
  const hashes: Column[] = [];
  for (const kind of KINDS) hashes.push(...(yield* hashesOf(topology, entitiesOf(site, kind))));
  const values = columns.map((column): Column => column.values);
  const numbers = notes.map(([, list]): Column => Float64Array.from(list));
  return yield* encodeSections(FORMAT, { head, columns: [...hashes, ...values, ...numbers] });
}

/**
 * Puts stored bytes into a fresh predictor.
 * @throws RangeError when the bytes are damaged or of another version
 */
export function restorePrediction(
  { site, topology, learned }: Predictor,
  bytes: Uint8Array,
): PredictionRestored {
  const { head, columns } = atOnce(decodeSections<Head>(FORMAT, bytes));
  const rest = [...columns];
  const from = {} as Record<PredictedKind, Int32Array>;
  let restored = 0;
  let stored = 0;
  for (const kind of KINDS) {
    const [high, low] = rest.splice(0, 2);
    from[kind] = placesOf(atOnce(hashesOf(topology, entitiesOf(site, kind))), [high, low]);
    restored += from[kind].reduce((count, at) => count + (at < 0 ? 0 : 1), 0);
    stored += head.counts[kind];
  }
  const here = new Map(learned.columns().map(column => [column.name, column]));
  for (const { name, of } of head.columns) {
    const [values] = rest.splice(0, 1);
    const into = here.get(name);
    if (into?.of === of) putBack(into.values, values, from[of], head.counts[of]);
  }
  learned.restoreNotes(Object.fromEntries(head.notes.map((name, i) => [name, [...rest[i]]])));
  return { atMs: head.atMs, sinceMs: head.sinceMs, restored, left: stored - restored };
}

/** Place in the stored columns of each entity here, or -1. */
function placesOf([high, low]: readonly Column[], [storedHigh, storedLow]: readonly Column[]) {
  const places = new Map<string, number>();
  for (let i = 0; i < storedHigh.length; i++) places.set(`${storedHigh[i]} ${storedLow[i]}`, i);
  return Int32Array.from(high, (h, i) => places.get(`${h} ${low[i]}`) ?? -1);
}

/** A column of another width is of another version of the model: it is left as it begins. */
function putBack(into: Column, values: Column, from: Int32Array, count: number) {
  const width = from.length > 0 ? into.length / from.length : 0;
  if (count === 0 || values.length / count !== width) return;
  from.forEach((at, i) => {
    if (at < 0) return;
    for (let j = 0; j < width; j++) into[i * width + j] = values[at * width + j];
  });
}
