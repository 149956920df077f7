/**
 * Labels that were read before. An exporter gives some twenty metrics of each part of a machine,
 * whose series differ in nothing but the name; so what stands around the name is kept for a while,
 * and read once for all of them. Holds the label sets of the last few thousand parts, not more.
 */
import { type Bytes, bytesOf, copyBytes } from './bytes.ts';
import type { Labels } from './contract.ts';
import { KeyTable, MAX_KEY_BYTES } from './key-table.ts';
import type { NameFinder } from './name-finder.ts';
import { NONE } from './series-columns.ts';

export interface KnownLabels {
  /** Without the name, and without the label that tells replicas apart. */
  readonly labels: Labels;
  /** See `Replicas`; -1 for none. */
  readonly replica: number;
}

const MAX_SETS = 4096;
const MAX_BYTES = 4 * 1024 * 1024;
/** See `copyBytes`. */
const COPY_SLACK_BYTES = 8;

export class LabelSets {
  private readonly keys: KeyTable;
  private known: KnownLabels[] = [];
  /** The set that followed each one last time: the parts of a machine come in the same order. */
  private readonly next = new Int32Array(MAX_SETS);
  private last = NONE;
  private readonly rest = bytesOf(Buffer.alloc(MAX_KEY_BYTES + COPY_SLACK_BYTES));
  private restLength = 0;

  constructor(seed: number) {
    this.keys = new KeyTable({ maxKeys: MAX_SETS, maxBytes: MAX_BYTES }, seed);
  }

  /** What the bytes of a key but for the name found in it are known to be. */
  find(bytes: Bytes, [start, end]: Span, space: number, name: NameFinder): KnownLabels | undefined {
    const { from, to } = name;
    let id = this.last < 0 ? NONE : this.next[this.last];
    if (id < 0 || !this.isSet(id, bytes, [start, end, space], name)) {
      copyBytes(bytes, [start, from], this.rest, 0);
      copyBytes(bytes, [to, end], this.rest, from - start);
      this.restLength = from - start + end - to;
      id = this.keys.find(this.rest, 0, this.restLength, space);
      if (id < 0) return undefined;
      this.follow(id);
    }
    this.last = id;
    return this.known[id];
  }

  private isSet(
    id: number,
    bytes: Bytes,
    [start, end, space]: readonly [number, number, number],
    { from, to }: NameFinder,
  ): boolean {
    const { keys } = this;
    const before = from - start;
    return (
      keys.spaceOf(id) === space &&
      keys.lengthOf(id) === before + end - to &&
      keys.hasPart(id, 0, bytes, [start, from]) &&
      keys.hasPart(id, before, bytes, [to, end])
    );
  }

  private follow(id: number): void {
    if (this.last >= 0) this.next[this.last] = id;
  }

  /** Keeps what the bytes looked for last turned out to be; `find` did not have them. */
  add(space: number, known: KnownLabels): void {
    if (this.keys.count >= MAX_SETS) this.clear();
    let id = this.keys.add(this.rest, 0, this.restLength, space);
    if (id < 0) {
      this.clear();
      id = this.keys.add(this.rest, 0, this.restLength, space);
    }
    this.known[id] = known;
    this.next[id] = NONE;
    this.follow(id);
    this.last = id;
  }

  /** Forgets all. */
  clear(): void {
    this.keys.clear();
    this.known = [];
    this.last = NONE;
  }
}

type Span = readonly [start: number, end: number];
