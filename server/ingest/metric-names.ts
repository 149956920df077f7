/**
 * Metric names seen, and whether any mapping row has them. Most of what an exporter serves means
 * nothing to the twin; with this such a series costs a look at its name and no memory.
 */
import type { Bytes } from './bytes.ts';
import { KeyTable } from './key-table.ts';
import { HELD, widened } from './table-memory.ts';

export interface NameCount {
  readonly name: string;
  readonly samples: number;
}

export class MetricNames {
  private readonly maps: (name: string) => boolean;
  private readonly seed: number;
  private readonly maxNames: number;
  private keys: KeyTable;
  private mapped = new Uint8Array(64);
  private samples = new Float64Array(64);
  private texts: string[] = [];
  /** The last name asked for: the series of a metric mostly stand together. */
  private last = 0;
  /** The unmapped name that followed last time. */
  private following = new Int32Array(64);
  /** Samples of unmapped names that there was no room to remember. */
  private samplesBeyond = 0;

  constructor(maps: (name: string) => boolean, maxNames: number, seed: number) {
    this.maps = maps;
    this.maxNames = maxNames;
    this.seed = seed;
    this.keys = this.newKeys();
  }

  private newKeys(): KeyTable {
    return new KeyTable({ maxKeys: this.maxNames, maxBytes: 64 * this.maxNames }, this.seed);
  }

  /** The id of a name, or -1 when there is no room to remember it. */
  idOf(bytes: Bytes, start: number, end: number): number {
    const { keys, last } = this;
    if (last < keys.count && keys.endOf(last, bytes, start) === end) return last;
    const known = keys.find(bytes, start, end, 0);
    if (known >= 0) {
      this.last = known;
      return known;
    }
    const id = keys.addSought(bytes, start, end, 0);
    if (id < 0) return -1;
    if (id >= this.mapped.length) {
      this.mapped = widened(HELD, this.mapped, id * 2);
      this.samples = widened(HELD, this.samples, id * 2);
      this.following = widened(HELD, this.following, id * 2);
    }
    this.texts[id] = bytes.buffer.toString('utf8', start, end);
    this.mapped[id] = this.maps(this.texts[id]) ? 1 : 0;
    this.samples[id] = 0;
    this.following[id] = -1;
    return id;
  }

  /** Whether a mapping row has the name; `id` is what `idOf` said of the same bytes. */
  isMapped(id: number, bytes: Bytes, start: number, end: number): boolean {
    return id >= 0 ? this.mapped[id] === 1 : this.maps(bytes.buffer.toString('utf8', start, end));
  }

  /** The name as a text: the same string each time, while there is room to remember it. */
  textOf(bytes: Bytes, start: number, end: number): string {
    const id = this.idOf(bytes, start, end);
    return id >= 0 ? this.texts[id] : bytes.buffer.toString('utf8', start, end);
  }

  countUnmapped(id: number): void {
    if (id >= 0) this.samples[id]++;
    else this.samplesBeyond++;
  }

  setNext(id: number, following: number): void {
    this.following[id] = following;
  }

  /** The unmapped name that followed this one last time, or -1. */
  next(id: number): number {
    return this.following[id];
  }

  /** Where the name of `id` ends if it stands at `start`, else -1. */
  endOf(id: number, bytes: Bytes, start: number): number {
    return this.keys.endOf(id, bytes, start);
  }

  /** Unmapped names with the samples counted under them, most first. */
  unmapped(limit: number): NameCount[] {
    const counts: NameCount[] = [];
    for (let id = 0; id < this.keys.count; id++) {
      if (this.samples[id] === 0) continue;
      counts.push({ name: this.texts[id], samples: this.samples[id] });
    }
    if (this.samplesBeyond > 0) counts.push({ name: '(others)', samples: this.samplesBeyond });
    return counts.sort((a, b) => b.samples - a.samples).slice(0, limit);
  }

  /** Forgets all names, as when the mappings change. */
  clear(): void {
    this.keys = this.newKeys();
    this.texts = [];
    this.samplesBeyond = 0;
  }
}
