/** What the files are made of: rows of the tail, hours rolled up, days merged. */
import type { StoredFile } from './checkpoint.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type TierId } from './contract.ts';
import { inOrder } from './in-time.ts';
import { mergedSeries } from './merged.ts';
import { type NewFileSpec, NewFiles } from './new-files.ts';
import { Intervals } from './roll-up.ts';
import { namesOfTail, type SortedTail, sortTail } from './sort-tail.ts';
import type { Tail } from './tail.ts';
import { ROLLUPS, SHELVES, type ShelfId, VALUE_COLUMNS } from './tiers.ts';

export interface Writing {
  /** Of the history. */
  readonly folder: string;
  /** Number of the next file. */
  next(): number;
}

type Span = readonly [fromMs: number, toMs: number];

/** Answers wait so long for a step of the work at most, a row group more or less. */
const STEP_MS = 5;
/** How many series pass between looks at the clock. */
const LOOK_EVERY = 64;

const isoDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);
export const dayOf = (ms: number) => Math.floor(ms / DAY_MS) * DAY_MS;
export const hourOf = (ms: number) => Math.floor(ms / HOUR_MS) * HOUR_MS;

/** `part`: what of the day is in the file. The number makes the name unique, and keeps the order. */
function pathOf({ next }: Writing, tier: TierId, shelf: ShelfId, [dayMs, part]: [number, string]) {
  return () =>
    `${tier}/day=${isoDay(dayMs)}/${part}-${String(next()).padStart(9, '0')}-${shelf}.parquet`;
}

/** Lets others have their turn between steps. */
function breather(): () => Promise<void> | undefined {
  let since = performance.now();
  let series = 0;
  return () => {
    if (++series % LOOK_EVERY !== 0 || performance.now() - since < STEP_MS) return undefined;
    return new Promise<void>(resolve => setImmediate(resolve)).then(() => {
      since = performance.now();
    });
  };
}

/** All of the work, or nothing of it. */
async function making(
  { folder }: Writing,
  specs: readonly NewFileSpec[],
  work: (files: readonly NewFiles[]) => Promise<void>,
): Promise<StoredFile[]> {
  const files = specs.map(spec => new NewFiles(folder, spec));
  try {
    await work(files);
    return files.flatMap(each => each.end());
  } catch (error) {
    for (const each of files) each.abandon();
    throw error;
  }
}

/** The rows of the tail as raw files: one a day and shelf. */
export async function writeTail(writing: Writing, tail: Tail): Promise<StoredFile[]> {
  const sorted = sortTail(tail);
  const files: StoredFile[] = [];
  for (let dayMs = dayOf(tail.minMs); dayMs <= tail.maxMs; dayMs += DAY_MS) {
    const day: Span = [dayMs, dayMs + DAY_MS];
    const late = lateWithin(tail, day);
    for (const { id: shelf } of SHELVES) {
      const path = pathOf(writing, 'raw', shelf, [dayMs, 'raw']);
      const spec = { tier: 'raw' as const, shelf, pathOf: path, ...(late ? { late } : {}) };
      const work = ([file]: readonly NewFiles[]) => addDay(tail, sorted, shelf, { day, file });
      files.push(...(await making(writing, [spec], work)));
    }
  }
  return files;
}

async function addDay(
  tail: Tail,
  { order, starts, ends, times, values }: SortedTail,
  shelf: ShelfId,
  { day, file }: { readonly day: Span; readonly file: NewFiles },
) {
  const namesOf = namesOfTail(tail);
  const rest = breather();
  const columns = [times, values];
  const [fromMs, toMs] = day;
  for (const series of order[shelf]) {
    let from = starts[series];
    let to = ends[series];
    while (from < to && times[from] < fromMs) from++;
    while (from < to && times[to - 1] >= toMs) to--;
    if (from < to) file.add(namesOf(series), columns, [from, to]);
    const pause = rest();
    if (pause) await pause;
  }
}

function lateWithin({ lateMinMs, lateMaxMs }: Tail, [fromMs, toMs]: Span) {
  const late = [Math.max(lateMinMs, fromMs), Math.min(lateMaxMs, toMs - 1)] as [number, number];
  return late[0] <= late[1] ? late : undefined;
}

/** One hour in every roll-up, from the raw files that have rows of it. */
export async function rollUpHour(writing: Writing, hourMs: number, raw: readonly StoredFile[]) {
  const span: Span = [hourMs, hourMs + HOUR_MS];
  const part = `h${String(new Date(hourMs).getUTCHours()).padStart(2, '0')}`;
  const files: StoredFile[] = [];
  for (const { id: shelf } of SHELVES) {
    const sources = raw.filter(file => file.shelf === shelf);
    if (sources.length === 0) continue;
    const specs = ROLLUPS.map(({ id: tier }) => ({
      ...{ tier, shelf, span, pathOf: pathOf(writing, tier, shelf, [hourMs, part]) },
    }));
    files.push(
      ...(await making(writing, specs, made => rollUp(writing.folder, sources, { span, made }))),
    );
  }
  return files;
}

/** Each tier from the finer one. */
async function rollUp(
  folder: string,
  files: readonly StoredFile[],
  { span, made }: { readonly span: Span; readonly made: readonly NewFiles[] },
) {
  const tiers = ROLLUPS.map(() => new Intervals());
  const rest = breather();
  const [fromMs, toMs] = span;
  const asked = { folder, files, columns: ['value'], span: { fromMs, toMs } };
  for (const { names, columns, count } of mergedSeries(asked)) {
    const [times, values] = columns;
    const kept = inOrder(times, values, count);
    for (const [i, { stepMs }] of ROLLUPS.entries()) {
      if (i === 0) tiers[i].fromSamples(times, values, kept, stepMs);
      else tiers[i].fromIntervals(tiers[i - 1], stepMs);
      if (tiers[i].count > 0) made[i].add(names, tiers[i].columns, [0, tiers[i].count]);
    }
    const pause = rest();
    if (pause) await pause;
  }
}

/** A day's files of one roll-up and shelf as few, sorted throughout. */
export async function mergeDay(writing: Writing, files: readonly StoredFile[]) {
  const { folder } = writing;
  const [{ tier, shelf, fromMs }] = files;
  const dayMs = dayOf(fromMs);
  const span: Span = [dayMs, dayMs + DAY_MS];
  const inOrderOfTime = files.toSorted((a, b) => a.fromMs - b.fromMs);
  const asked = {
    ...{ folder, files: inOrderOfTime, columns: VALUE_COLUMNS },
    span: { fromMs: span[0], toMs: span[1] },
  };
  const spec = { tier, shelf, span, pathOf: pathOf(writing, tier, shelf, [dayMs, 'day']) };
  return making(writing, [spec], async ([file]) => {
    const rest = breather();
    for (const { names, columns, count } of mergedSeries(asked)) {
      file.add(names, columns, [0, count]);
      const pause = rest();
      if (pause) await pause;
    }
  });
}

export const isRollable = (hourMs: number, clockMs: number) =>
  hourMs + HOUR_MS + LATE_MS <= clockMs;
/** Samples come this late at most; see the gate of the ingest. */
export const LATE_MS = 120 * MINUTE_MS;
/** A day is merged once its last hour is rolled up. */
export const MERGE_AFTER_MS = 180 * MINUTE_MS;

/** Files of one day, roll-up and shelf, while they are by the hour. */
export function mergeable(files: readonly StoredFile[]): readonly (readonly StoredFile[])[] {
  const groups: StoredFile[][] = [];
  for (const { id } of ROLLUPS) {
    for (const shelf of SHELVES) {
      const hourly = files.filter(
        file => file.tier === id && file.shelf === shelf.id && file.toMs - file.fromMs < DAY_MS,
      );
      groups.push(...Map.groupBy(hourly, file => dayOf(file.fromMs)).values());
    }
  }
  return groups.filter(group => group.length > 0);
}
