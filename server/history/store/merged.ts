/** The series of several files, each with its rows from all of them, in the order of the shelf. */
import { join } from 'node:path';
import type { StoredFile } from './checkpoint.ts';
import { openParquet, type ParquetFile } from './parquet/file.ts';
import { type RowGroup, timeBounds } from './parquet/footer.ts';
import type { Dictionaries } from './parquet/texts.ts';
import type { SeriesNames } from './parquet/write.ts';
import type { Span } from './wanted.ts';

/** The rows of one series; valid until the next. Rows `0` to `count - 1` of the columns, time first. */
interface MergedRows {
  readonly names: SeriesNames;
  readonly columns: readonly Float64Array[];
  readonly count: number;
}

interface MergeOptions {
  readonly folder: string;
  /** In the order they were written: of rows of one instant, those of the later file come later. */
  readonly files: readonly StoredFile[];
  /** Columns wanted besides the time. */
  readonly columns: readonly string[];
  readonly span: Span;
}

/** Places of rack, entity and signal, as the files of the shelf are sorted. */
type NameOrder = readonly [number, number, number];
const NAME_ORDER: Readonly<Record<StoredFile['shelf'], NameOrder>> = {
  inner: [0, 1, 2],
  outer: [2, 1, 0],
};

/** Of the row groups at hand, three each; files of the same series share them. */
const DICTIONARIES_MAX = 300;

/** Rows of a series are file by file. @throws BadParquet, or what the file system says */
export function* mergedSeries(options: MergeOptions): Generator<MergedRows> {
  const { folder, files, columns, span } = options;
  const opened: ParquetFile[] = [];
  const dictionaries: Dictionaries = new Map();
  try {
    const cursors: Cursor[] = [];
    const order = NAME_ORDER[files[0].shelf];
    for (const { path } of files) {
      const file = openParquet(join(folder, path), undefined, dictionaries);
      opened.push(file);
      const cursor = new Cursor(file, ['time', ...columns], span);
      if (cursor.next()) cursors.push(cursor);
    }
    const rows = new Gathered(1 + columns.length);
    while (cursors.length > 0) {
      if (dictionaries.size > DICTIONARIES_MAX) dictionaries.clear();
      const names = least(cursors, order);
      rows.count = 0;
      for (let c = 0; c < cursors.length; ) {
        const cursor = cursors[c];
        let isThere = true;
        while (isThere && isSame(cursor.names, names)) {
          rows.take(cursor);
          isThere = cursor.next();
        }
        if (isThere) c++;
        else cursors.splice(c, 1);
      }
      if (rows.count > 0) yield { names, columns: rows.columns, count: rows.count };
    }
  } finally {
    for (const file of opened) file.close();
  }
}

function least(cursors: readonly Cursor[], order: NameOrder): SeriesNames {
  let found = cursors[0].names;
  for (let c = 1; c < cursors.length; c++) {
    if (isBefore(cursors[c].names, found, order)) found = cursors[c].names;
  }
  return found;
}

function isBefore(a: SeriesNames, b: SeriesNames, order: NameOrder): boolean {
  for (const place of order) {
    if (a[place] !== b[place]) return a[place] < b[place];
  }
  return false;
}

const isSame = (a: SeriesNames, b: SeriesNames) => a[1] === b[1] && a[2] === b[2] && a[0] === b[0];

/** Rows of the series at hand, copied: the columns of a cursor are those of its row group. */
class Gathered {
  count = 0;
  columns: Float64Array[];

  constructor(columns: number) {
    this.columns = Array.from({ length: columns }, () => new Float64Array(4096));
  }

  take({ columns, start, end, span }: Cursor) {
    const [times] = columns;
    let first = start;
    let last = end;
    while (first < last && times[first] < span.fromMs) first++;
    while (first < last && times[last - 1] >= span.toMs) last--;
    if (this.count + last - first > this.columns[0].length) this.grow(this.count + last - first);
    for (let c = 0; c < columns.length; c++) {
      const from = columns[c];
      const into = this.columns[c];
      for (let i = first; i < last; i++) into[this.count + i - first] = from[i];
    }
    this.count += last - first;
  }

  private grow(rows: number) {
    this.columns = this.columns.map(column => {
      const longer = new Float64Array(2 * rows);
      longer.set(column);
      return longer;
    });
  }
}

/** One file, series by series. */
class Cursor {
  readonly span: Span;
  names: SeriesNames = ['', '', ''];
  /** Rows `start` to `end - 1` of the columns. */
  start = 0;
  end = 0;
  columns: readonly Float64Array[] = [];
  private readonly file: ParquetFile;
  private readonly wanted: readonly string[];
  private rooms: readonly Float64Array[] = [];
  private group = -1;
  private names3: readonly TextCursor[] = [];

  constructor(file: ParquetFile, wanted: readonly string[], span: Span) {
    this.file = file;
    this.wanted = wanted;
    this.span = span;
  }

  /** @returns false behind the last series */
  next(): boolean {
    const rows = this.file.footer.groups[this.group]?.rows ?? 0;
    if (this.end === rows && !this.nextGroup()) return false;
    this.start = this.end;
    const [rack, entity, signal] = this.names3;
    this.names = [rack.at(this.start), entity.at(this.start), signal.at(this.start)];
    this.end = Math.min(rack.end, entity.end, signal.end);
    return true;
  }

  private nextGroup(): boolean {
    const { groups } = this.file.footer;
    do this.group++;
    while (this.group < groups.length && !this.mayHold(groups[this.group]));
    const group = groups[this.group];
    if (!group) return false;
    this.end = 0;
    if ((this.rooms[0]?.length ?? 0) < group.rows) {
      this.rooms = this.wanted.map(() => new Float64Array(group.rows));
    }
    this.columns = this.wanted.map((name, i) =>
      this.file.numbers(group, name, [0, group.rows], this.rooms[i]),
    );
    this.names3 = ['rack', 'entity', 'signal'].map(
      name => new TextCursor(this.file.texts(group, name)),
    );
    this.file.known.texts.delete(group);
    return true;
  }

  private mayHold({ columns, rows }: RowGroup): boolean {
    const times = timeBounds(columns.time);
    return rows > 0 && (!times || (times[0] < this.span.toMs && times[1] >= this.span.fromMs));
  }
}

/** A text column, run by run. */
class TextCursor {
  private readonly column: ReturnType<ParquetFile['texts']>;
  private run = 0;

  constructor(column: ReturnType<ParquetFile['texts']>) {
    this.column = column;
  }

  /** Rows ascend from call to call. */
  at(row: number): string {
    const { texts, codes, ends } = this.column;
    while (ends[this.run] <= row) this.run++;
    return texts[codes[this.run]];
  }

  get end(): number {
    return this.column.ends[this.run];
  }
}
