/** Files in the making: under a name that only the checkpoint makes count, synced, and not too long. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../put-file.ts';
import type { StoredFile } from './checkpoint.ts';
import { ParquetWriter, RAW_SHAPE, ROLLUP_SHAPE, type SeriesNames } from './parquet/write.ts';
import { shelfOf } from './tiers.ts';

/** A file ends with the rack, or signal, in which it gets so long. */
const FILE_ROWS = 4_000_000;

export interface NewFileSpec extends Pick<StoredFile, 'tier' | 'shelf' | 'late'> {
  /** Within `folder`, for the next file. */
  readonly pathOf: () => string;
  /** Of roll-ups: what the files stand for; of raw files it follows from the rows. */
  readonly span?: readonly [fromMs: number, toMs: number];
}

/** One stretch of time of one tier and shelf. */
export class NewFiles {
  private readonly folder: string;
  private readonly spec: NewFileSpec;
  private readonly done: StoredFile[] = [];
  private open: { readonly path: string; readonly writer: ParquetWriter } | undefined;
  private latest: string | undefined;

  constructor(folder: string, spec: NewFileSpec) {
    this.folder = folder;
    this.spec = spec;
  }

  /** Series come in the order of the shelf. */
  add(names: SeriesNames, columns: readonly Float64Array[], rows: readonly [number, number]): void {
    const group = names[this.spec.shelf === 'inner' ? 0 : 2];
    if (this.open && this.open.writer.rows >= FILE_ROWS && group !== this.latest) this.finish();
    this.latest = group;
    this.open ??= this.begin();
    this.open.writer.add(names, columns, rows);
  }

  /** @returns all of them; none when there were no rows */
  end(): readonly StoredFile[] {
    this.finish();
    return this.done;
  }

  /** After an error: what is unfinished, or finished in vain, is removed. */
  abandon(): void {
    if (this.open) {
      this.open.writer.close();
      rmSync(`${join(this.folder, this.open.path)}.tmp`, { force: true });
    }
    for (const { path } of this.done) rmSync(join(this.folder, path), { force: true });
  }

  private begin() {
    const { tier, shelf, pathOf } = this.spec;
    const path = pathOf();
    const file = `${join(this.folder, path)}.tmp`;
    mkdirSync(dirname(file), { recursive: true });
    const shape = tier === 'raw' ? RAW_SHAPE : ROLLUP_SHAPE;
    return { path, writer: new ParquetWriter(file, shape, shelfOf(shelf).group) };
  }

  private finish() {
    if (!this.open) return;
    const { path, writer } = this.open;
    const { rows, bytes, bounds, times } = writer.finish();
    this.open = undefined;
    const final = join(this.folder, path);
    renameSync(`${final}.tmp`, final);
    syncFolder(dirname(final));
    syncFolder(dirname(dirname(final)));
    const { tier, shelf, late, span = [times[0], times[1] + 1] } = this.spec;
    const [[fromMs, toMs], [first, last]] = [span, bounds];
    const file = { path, tier, shelf, fromMs, toMs, rows, bytes, first, last };
    this.done.push({ ...file, ...(late ? { late } : {}) });
  }
}
