/** What has been read of files that are asked again and again. */
import { join } from 'node:path';
import type { StoredFile } from './checkpoint.ts';
import { type KnownFile, openParquet, type ParquetFile } from './parquet/file.ts';
import type { Dictionaries } from './parquet/texts.ts';

/** Runs of texts kept in memory of files that were asked before, 8 bytes each. */
const WEIGHT_MAX = 4_000_000;
const FILES_MAX = 2000;
/** Texts of dictionaries, which mostly are those of other files too: some tens of megabytes. */
const TEXTS_MAX = 500_000;

/** What is known of files, the least recently asked forgotten first. */
export class KnownFiles {
  private readonly known = new Map<string, KnownFile>();
  private readonly dictionaries: Dictionaries = new Map();
  private dictionariesSeen = 0;
  private weight = 0;

  /** Opens a file for a visit. @throws what opening it, reading it or the visitor throws */
  visit(folder: string, { path }: StoredFile, take: (file: ParquetFile) => void): void {
    const before = this.known.get(path);
    const weightBefore = before?.weight ?? 0;
    const file = openParquet(join(folder, path), before, this.dictionaries);
    try {
      take(file);
    } finally {
      file.close();
      this.known.delete(path);
      this.known.set(path, file.known);
      this.weight += file.known.weight - weightBefore;
      this.forget();
    }
  }

  private forget() {
    for (const [path, { weight }] of this.known) {
      if (this.known.size <= FILES_MAX && this.weight <= WEIGHT_MAX) break;
      this.known.delete(path);
      this.weight -= weight;
    }
    if (this.dictionaries.size === this.dictionariesSeen) return;
    let texts = 0;
    for (const each of this.dictionaries.values()) texts += each.length;
    if (texts > TEXTS_MAX) this.dictionaries.clear();
    this.dictionariesSeen = this.dictionaries.size;
  }
}
