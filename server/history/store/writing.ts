/** What the files are made of: rows of the tail, hours rolled up, days merged. */
import type { StoredFile } from './checkpoint.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type TierId } from './contract.ts';
import { type Duck, loadTail, quoted, sourceOf, writeFile } from './duck.ts';
import type { Tail } from './tail.ts';
import { ROLLUPS, SHELVES, type Shelf, type Tier } from './tiers.ts';

/** Rows that are grouped or sorted at once: what fits in a few hundred megabytes. */
const SLICE_ROWS = 4_000_000;

export interface Writing {
  readonly duck: Duck;
  /** Of the history. */
  readonly folder: string;
  /** Number of the next file. */
  next(): number;
}

type Span = readonly [fromMs: number, toMs: number];

const timestamp = (ms: number) => `TIMESTAMP '${new Date(ms).toISOString().slice(0, 23)}'`;
const isoDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const within = ([fromMs, toMs]: Span) =>
  `time >= ${timestamp(fromMs)} AND time < ${timestamp(toMs)}`;

export const dayOf = (ms: number) => Math.floor(ms / DAY_MS) * DAY_MS;
export const hourOf = (ms: number) => Math.floor(ms / HOUR_MS) * HOUR_MS;

/** `part`: what of the day is in the file. The number makes the name unique, and keeps the order. */
const pathOf = (tier: TierId, dayMs: number, part: string, number: number, shelf: Shelf) =>
  `${tier}/day=${isoDay(dayMs)}/${part}-${String(number).padStart(9, '0')}-${shelf.id}.parquet`;

/** The rows of the tail as raw files: one a day and shelf. */
export async function writeTail({ duck, folder, next }: Writing, tail: Tail) {
  await loadTail(duck, tail);
  const files: StoredFile[] = [];
  for (let dayMs = dayOf(tail.minMs); dayMs <= tail.maxMs; dayMs += DAY_MS) {
    for (const shelf of SHELVES) {
      const late = lateWithin(tail, [dayMs, dayMs + DAY_MS]);
      const file = await writeFile(duck, folder, {
        path: pathOf('raw', dayMs, 'raw', next(), shelf),
        tier: 'raw',
        shelf: shelf.id,
        select: tailRows(shelf, [dayMs, dayMs + DAY_MS]),
        ...(late ? { late } : {}),
      });
      if (file) files.push(file);
    }
  }
  await duck.run('DROP TABLE tail');
  return files;
}

function lateWithin({ lateMinMs, lateMaxMs }: Tail, [fromMs, toMs]: Span) {
  const late = [Math.max(lateMinMs, fromMs), Math.min(lateMaxMs, toMs - 1)] as [number, number];
  return late[0] <= late[1] ? late : undefined;
}

function tailRows({ id }: Shelf, [fromMs, toMs]: Span): string {
  const isInner = id === 'inner' ? 1 : 0;
  const order = isInner ? 'entity, signal' : 'signal, entity';
  return (
    'SELECT e.rack, e.entity, s.signal, make_timestamp_ms(t.time)::TIMESTAMP_MS AS time, t.value ' +
    `FROM (SELECT * FROM tail WHERE is_inner = ${isInner} AND time >= ${fromMs} ` +
    `AND time < ${toMs} ORDER BY ${order}, time, rowid) t ` +
    `JOIN (SELECT * FROM entities WHERE is_inner = ${isInner}) e ON e.place = t.entity ` +
    'JOIN signals s ON s.place = t.signal'
  );
}

/** One hour in every roll-up, from the raw files that have rows of it. */
export async function rollUpHour(writing: Writing, hourMs: number, raw: readonly StoredFile[]) {
  const span: Span = [hourMs, hourMs + HOUR_MS];
  const files: StoredFile[] = [];
  for (const shelf of SHELVES) {
    const sources = raw.filter(file => file.shelf === shelf.id);
    if (sources.length === 0) continue;
    for (const slice of await slicesOf(writing, shelf, sources, within(span))) {
      files.push(...(await rollUpSlice(writing, shelf, sources, [span, slice])));
    }
  }
  return files;
}

/** Each tier from the finer one that was just written. */
async function rollUpSlice(
  { duck, folder, next }: Writing,
  shelf: Shelf,
  sources: readonly StoredFile[],
  [span, slice]: readonly [Span, string],
) {
  const files: StoredFile[] = [];
  const part = `h${String(new Date(span[0]).getUTCHours()).padStart(2, '0')}`;
  let rows = rawRows(folder, sources, span, slice);
  let columns = FROM_RAW;
  for (const tier of ROLLUPS) {
    const file = await writeFile(duck, folder, {
      path: pathOf(tier.id, span[0], part, next(), shelf),
      tier: tier.id,
      shelf: shelf.id,
      select: intervals(tier, shelf, rows, columns),
      span,
    });
    if (!file) return files;
    files.push(file);
    rows = sourceOf(folder, [file]);
    columns = FROM_ROLLUP;
  }
  return files;
}

const FROM_RAW =
  'min(value) AS "min", max(value) AS "max", avg(value) AS mean, ' +
  'arg_max(value, time) AS "last", count(*)::UINTEGER AS "count"';
const FROM_ROLLUP =
  'min("min") AS "min", max("max") AS "max", sum(mean * "count") / sum("count") AS mean, ' +
  'arg_max("last", time) AS "last", sum("count")::UINTEGER AS "count"';

const intervals = ({ stepMs }: Tier, { order }: Shelf, rows: string, columns: string) =>
  'SELECT rack, entity, signal, ' +
  `make_timestamp_ms(epoch_ms(time) // ${stepMs} * ${stepMs})::TIMESTAMP_MS AS time, ${columns} ` +
  `FROM ${rows} GROUP BY ALL ORDER BY ${order.join(', ')}`;

/**
 * The samples of a span. Where some came late, the same one may have come twice, and the one that
 * came last counts; otherwise the journal has each once.
 */
function rawRows(folder: string, sources: readonly StoredFile[], span: Span, slice: string) {
  const where = `WHERE ${within(span)} AND NOT isnan(value) AND ${slice}`;
  const hasLate = sources.some(
    ({ late }) => late !== undefined && late[0] < span[1] && late[1] >= span[0],
  );
  if (!hasLate) return `(SELECT * FROM ${sourceOf(folder, sources)} ${where})`;
  const numbered = sourceOf(folder, sources, ', filename = true, file_row_number = true');
  return (
    '(SELECT rack, entity, signal, time, ' +
    'arg_max(value, {file: filename, row: file_row_number}) AS value ' +
    `FROM ${numbered} ${where} GROUP BY ALL)`
  );
}

/** A day's files of one roll-up and shelf as few, sorted throughout. */
export async function mergeDay(writing: Writing, sources: readonly StoredFile[]) {
  const { duck, folder, next } = writing;
  const [{ tier, shelf: shelfId, fromMs }] = sources;
  const dayMs = dayOf(fromMs);
  const shelf = SHELVES.find(each => each.id === shelfId)!;
  const files: StoredFile[] = [];
  for (const slice of await slicesOf(writing, shelf, sources, 'true')) {
    const file = await writeFile(duck, folder, {
      path: pathOf(tier, dayMs, 'day', next(), shelf),
      tier,
      shelf: shelfId,
      select:
        'SELECT rack, entity, signal, time::TIMESTAMP_MS AS time, "min", "max", mean, "last", ' +
        `"count" FROM ${sourceOf(folder, sources)} WHERE ${slice} ` +
        `ORDER BY ${shelf.order.join(', ')}`,
      span: [dayMs, dayMs + DAY_MS],
    });
    if (file) files.push(file);
  }
  return files;
}

/** Conditions that cut the rows into slices along the shelf, none much longer than a slice. */
async function slicesOf(
  { duck, folder }: Writing,
  { group }: Shelf,
  sources: readonly StoredFile[],
  where: string,
): Promise<readonly string[]> {
  const rows = sources.reduce((sum, file) => sum + file.rows, 0);
  if (rows <= SLICE_ROWS) return ['true'];
  const counts = await duck.rows(
    `SELECT ${group}, count(*)::DOUBLE FROM ${sourceOf(folder, sources)} WHERE ${where} ` +
      `GROUP BY ALL ORDER BY ${group}`,
  );
  const slices: string[] = [];
  let first = '';
  let inSlice = 0;
  for (const [i, [name, count]] of counts.entries()) {
    if (inSlice === 0) first = String(name);
    inSlice += Number(count);
    const following = Number(counts[i + 1]?.[1] ?? Number.POSITIVE_INFINITY);
    if (inSlice + following <= SLICE_ROWS) continue;
    slices.push(`${group} BETWEEN ${quoted(first)} AND ${quoted(String(name))}`);
    inSlice = 0;
  }
  return slices;
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
