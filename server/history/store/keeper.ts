/**
 * Keeps the files: takes rows from the journal, writes them out, rolls hours up, merges days and
 * deletes what is too old. One step at a time; each ends with a new checkpoint.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout, LogPosition, LogVisitor } from '../../journal/contract.ts';
import { isBefore } from '../../journal/position.ts';
import { StopReading } from '../../journal/read-log.ts';
import { type Checkpoint, openCheckpoint, type StoredFile, saveCheckpoint } from './checkpoint.ts';
import type { HistoryConfig } from './config.ts';
import { DAY_MS, HOUR_MS } from './contract.ts';
import { loadGeneration, noteMoves } from './generation.ts';
import type { ReadRange } from './log-source.ts';
import { isOfFile, readThrough } from './parquet/file.ts';
import { doomedFiles, keptFrom } from './retention.ts';
import { Tail } from './tail.ts';
import {
  dayOf,
  hourOf,
  isRollable,
  LATE_MS,
  MERGE_AFTER_MS,
  mergeable,
  mergeDay,
  rollUpHour,
  type Writing,
  writeTail,
} from './writing.ts';

/** Rows read before others get their turn. */
const READ_ROWS = 250_000;

interface KeeperOptions {
  readonly folder: string;
  /** The data directory, with the journal and the generations. */
  readonly directory: string;
  readonly config: HistoryConfig;
  readonly read: ReadRange;
  readonly report: (level: 'info' | 'warn' | 'error', what: string) => void;
  /** Told before each step that changes the disk; a test may throw here. */
  readonly onStep?: (step: string) => void;
}

export class Keeper {
  checkpoint: Checkpoint;
  position: LogPosition;
  clockMs = Number.NEGATIVE_INFINITY;
  /** Rows behind the checkpoint: those being written, and those that came since. */
  writing: Tail | undefined;
  tail: Tail | undefined;
  readonly dropped: Record<string, number> = {};
  readonly counts = { taken: 0, flushes: 0, rollups: 0, merges: 0, bad: 0 };
  readonly badFiles: string[] = [];
  private readonly options: KeeperOptions;
  private layout: Layout | undefined;
  /** When the first record behind the last write came; 0: none has. */
  private tailSince = 0;

  constructor(options: KeeperOptions) {
    this.options = options;
    this.checkpoint = openCheckpoint(options.folder, what => options.report('warn', what));
    this.position = this.checkpoint.position;
    this.clockMs = this.checkpoint.clockMs ?? this.clockMs;
    const { layout } = this.checkpoint;
    if (layout) this.follow(layout as Layout);
  }

  drop(why: string, count = 1): void {
    if (count > 0) this.dropped[why] = (this.dropped[why] ?? 0) + count;
  }

  get tails(): readonly Tail[] {
    return [this.writing, this.tail].filter(tail => tail !== undefined);
  }

  /**
   * Reads a stretch of the journal, up to `to` at most.
   * @returns whether the tail must be written out before more can be read
   */
  read(to: LogPosition): boolean {
    if (this.isFull) return true;
    let rows = 0;
    let mustWrite = false;
    const visitor: LogVisitor = {
      layout: (layout, clockMs) => {
        if (layout.generation !== this.tail?.generation.key && (this.tail?.rows ?? 0) > 0) {
          mustWrite = true;
          throw new StopReading();
        }
        this.follow(layout);
        this.noteGeneration(layout.generation, clockMs);
      },
      rows: batch => {
        rows += batch.count;
        this.counts.taken += batch.count;
        if (this.tail) this.drop('cell without a column', this.tail.add(batch));
        else this.drop('generation that is not stored', batch.count);
      },
      stale: (cells, clockMs) => {
        if (this.tail) this.drop('cell without a column', this.tail.addStale(cells, clockMs));
      },
      note() {},
      passed: (position, clockMs) => {
        this.position = position;
        this.clockMs = Math.max(this.clockMs, clockMs);
        this.checkpoint.rolledToMs ??= hourOf(clockMs - LATE_MS);
        if (rows >= READ_ROWS || this.isFull) throw new StopReading();
      },
    };
    const { damages, isStopped } = this.options.read(this.position, to, visitor);
    for (const { file, fromOffset, toOffset, why } of damages) {
      this.drop('stretch of the journal that cannot be read');
      this.options.report('error', `journal ${file} ${fromOffset}-${toOffset}: ${why}`);
    }
    if (!isStopped) this.position = to;
    const hasMoved = isBefore(this.checkpoint.position, this.position);
    if (hasMoved && this.tailSince === 0) this.tailSince = performance.now();
    return mustWrite;
  }

  private get isFull(): boolean {
    return (this.tail?.rows ?? 0) >= this.options.config.flushRows;
  }

  private follow(layout: Layout) {
    if (layout.generation !== this.tail?.generation.key) {
      const before = this.tail?.generation;
      try {
        this.tail = new Tail(loadGeneration(this.options.directory, layout.generation));
        if (before) noteMoves(before, this.tail.generation, this.checkpoint.racksBefore);
      } catch (error) {
        this.tail = undefined;
        this.options.report('error', `rows are dropped: ${(error as Error).message}`);
      }
    }
    this.tail?.follow(layout);
    this.layout = layout;
  }

  private noteGeneration(generation: string, fromMs: number) {
    const { generations } = this.checkpoint;
    if (generations.at(-1)?.generation !== generation) generations.push({ generation, fromMs });
  }

  /** Whether the tail is long or old enough. */
  get isDue(): boolean {
    const isOld = performance.now() - this.tailSince >= 1000 * this.options.config.flushS;
    return this.writing !== undefined || this.isFull || (this.tailSince > 0 && isOld);
  }

  /** Writes the tail out, and does whatever follows from it. */
  async maintain(): Promise<void> {
    await this.writeOut();
    await this.rollUp();
    await this.merge();
    this.forget();
  }

  async writeOut(): Promise<void> {
    // What could not be written the last time comes first.
    if (this.writing === undefined) this.setTailAside();
    const aside = this.aside;
    const tail = this.writing;
    if (!tail || !aside) return;
    this.step('write the tail');
    const files = tail.rows > 0 ? await writeTail(this.files, tail) : [];
    this.counts.flushes++;
    this.save({ ...aside, files: [...this.checkpoint.files, ...files] });
    this.writing = undefined;
  }

  private aside: Pick<Checkpoint, 'position' | 'layout' | 'clockMs'> | undefined;

  private setTailAside() {
    this.tailSince = 0;
    if (!this.tail || !this.layout) return;
    this.writing = this.tail;
    this.aside = {
      position: this.position,
      layout: { ...this.layout, columns: [...this.layout.columns] },
      clockMs: this.clockMs,
    };
    this.tail = new Tail(this.writing.generation);
    this.tail.follow(this.layout);
  }

  /** Every hour that has rows and can get no more of them. */
  private async rollUp(): Promise<void> {
    for (;;) {
      const { rolledToMs, clockMs = Number.NEGATIVE_INFINITY, files } = this.checkpoint;
      if (rolledToMs === undefined || !isRollable(rolledToMs, clockMs)) return;
      const raw = files.filter(file => file.tier === 'raw' && file.toMs > rolledToMs);
      const firstMs = hourOf(Math.min(...raw.map(file => file.fromMs), clockMs - LATE_MS));
      const hourMs = Math.max(rolledToMs, firstMs);
      if (!isRollable(hourMs, clockMs)) {
        this.save({ rolledToMs: hourMs });
        return;
      }
      this.step('roll an hour up');
      const sources = raw.filter(file => file.fromMs < hourMs + HOUR_MS && file.toMs > hourMs);
      const made = await this.guarded(sources, sound => rollUpHour(this.files, hourMs, sound));
      this.counts.rollups++;
      this.save({
        files: [...this.checkpoint.files, ...made],
        rolledToMs: hourMs + HOUR_MS,
      });
    }
  }

  private async merge(): Promise<void> {
    const { rolledToMs = Number.NEGATIVE_INFINITY, clockMs = rolledToMs } = this.checkpoint;
    for (const sources of mergeable(this.checkpoint.files)) {
      const endMs = dayOf(sources[0].fromMs) + DAY_MS;
      if (endMs > rolledToMs || endMs + MERGE_AFTER_MS > clockMs) continue;
      this.step('merge a day');
      const made = await this.guarded(sources, sound => mergeDay(this.files, sound));
      this.counts.merges++;
      const merged = new Set(sources);
      const files = this.checkpoint.files.filter(file => !merged.has(file));
      this.save({ files: [...files, ...made] });
      this.remove(sources);
    }
  }

  /** Deletes what the configuration says is too old or too much. */
  forget(): void {
    const { config, report } = this.options;
    const doomed = doomedFiles(this.checkpoint, config, this.checkpoint.clockMs ?? 0);
    if (doomed.length === 0) return;
    const gone = new Set(doomed.map(({ file }) => file));
    const files = this.checkpoint.files.filter(file => !gone.has(file));
    this.save({ files, keptFromMs: keptFrom(this.checkpoint.keptFromMs, doomed) });
    for (const { file, why } of doomed) {
      this.drop(`${file.tier} file for ${why}`);
      report('info', `${file.path} deleted (${file.rows} rows): ${why}`);
    }
    this.remove([...gone]);
  }

  /** A file that cannot be read is put aside under another name; its rows are missing from now on. */
  setAside(file: StoredFile, why: string): void {
    const { folder, report } = this.options;
    if (!this.checkpoint.files.includes(file)) return;
    const path = join(folder, file.path);
    if (existsSync(path)) renameSync(path, `${path}.bad`);
    this.counts.bad++;
    if (this.badFiles.length < 100) this.badFiles.push(file.path);
    report('error', `${file.path} cannot be read, set aside as .bad: ${why}`);
    this.save({ files: this.checkpoint.files.filter(each => each !== file) });
  }

  /** A question failed at a file, and not because of it. */
  failed(file: StoredFile, error: unknown): void {
    this.drop('question that failed at a file');
    this.options.report('error', `question at ${file.path}: ${(error as Error).stack}`);
  }

  /** Where the work fails, broken files are looked for and set aside, and the rest is tried again. */
  private async guarded(
    sources: readonly StoredFile[],
    work: (sources: readonly StoredFile[]) => Promise<StoredFile[]>,
  ): Promise<StoredFile[]> {
    try {
      return sources.length > 0 ? await work(sources) : [];
    } catch (error) {
      if (!isOfFile(error)) throw error;
      const sound = sources.filter(file => this.isSound(file));
      if (sound.length === sources.length) throw error;
      return sound.length > 0 ? work(sound) : [];
    }
  }

  private isSound(file: StoredFile): boolean {
    try {
      readThrough(join(this.options.folder, file.path));
      return true;
    } catch (error) {
      if (!isOfFile(error)) throw error;
      this.setAside(file, (error as Error).message);
      return false;
    }
  }

  private get files(): Writing {
    return { folder: this.options.folder, next: () => this.checkpoint.sequence++ };
  }

  private save(changes: Partial<Checkpoint>) {
    this.step('save the checkpoint');
    const next = { ...this.checkpoint, ...changes };
    saveCheckpoint(this.options.folder, next);
    this.checkpoint = next;
    this.step('after the checkpoint');
  }

  private remove(files: readonly StoredFile[]) {
    this.step('delete files');
    for (const { path } of files) rmSync(join(this.options.folder, path), { force: true });
  }

  private step(what: string) {
    this.options.onStep?.(what);
  }
}
