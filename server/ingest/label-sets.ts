/**
 * Labels that were read before. An exporter gives some twenty metrics of each part of a machine,
 * whose series differ in nothing but the name; so what stands around the name is kept for a while,
 * and read once for all of them. Holds the label sets of the last few thousand parts, not more.
 */
import { type Bytes, bytesOf, copyBytes } from './bytes.ts';
import type { Labels } from './contract.ts';
import { KeyTable, MAX_KEY_BYTES } from './key-table.ts';
import type { NameFinder } from './name-finder.ts';

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
  private readonly seed: number;
  private keys: KeyTable;
  private known: KnownLabels[] = [];
  private readonly rest = bytesOf(Buffer.alloc(MAX_KEY_BYTES + COPY_SLACK_BYTES));
  private restLength = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.keys = this.newKeys();
  }

  private newKeys(): KeyTable {
    return new KeyTable({ maxKeys: MAX_SETS, maxBytes: MAX_BYTES }, this.seed);
  }

  /** Says which bytes are meant from now on: those of a key but for the name found in it. */
  choose(bytes: Bytes, start: number, end: number, { from, to }: NameFinder): void {
    const before = from - start;
    copyBytes(bytes, [start, from], this.rest, 0);
    copyBytes(bytes, [to, end], this.rest, before);
    this.restLength = before + end - to;
  }

  find(space: number): KnownLabels | undefined {
    const id = this.keys.find(this.rest, 0, this.restLength, space);
    return id < 0 ? undefined : this.known[id];
  }

  /** Keeps what the bytes chosen turned out to be; `find` did not have them. */
  add(space: number, known: KnownLabels): void {
    let id = this.keys.add(this.rest, 0, this.restLength, space);
    if (id < 0) {
      this.clear();
      id = this.keys.add(this.rest, 0, this.restLength, space);
    }
    this.known[id] = known;
  }

  /** Forgets all. */
  clear(): void {
    this.keys = this.newKeys();
    this.known = [];
  }
}
