/** Columns of texts, as runs of the same one. */
import { isAscii } from 'node:buffer';
import { codeAt, readCodes } from './codes.ts';
import { type ColumnChunk, ENCODING, PAGE } from './footer.ts';
import { pagesOf } from './pages.ts';
import { BadParquet } from './thrift.ts';

/** Texts in runs: run `r` is `texts[codes[r]]`, from where the run before ends up to row `ends[r]`. */
export interface TextColumn {
  /** Not necessarily each once. */
  readonly texts: readonly string[];
  readonly codes: Uint32Array;
  readonly ends: Uint32Array;
}

/** Texts of dictionaries by their bytes: files of the same series have the same ones. */
export type Dictionaries = Map<string, readonly string[]>;

export function textColumn(
  chunk: ColumnChunk,
  stored: Buffer,
  dictionaries: Dictionaries,
): TextColumn {
  const codes: number[] = [];
  const ends: number[] = [];
  let texts: readonly string[] = [];
  const plain: string[] = [];
  let row = 0;
  const add = (code: number, count: number) => {
    row += count;
    if (codes.length > 0 && codes[codes.length - 1] === code) ends[ends.length - 1] = row;
    else {
      codes.push(code);
      ends.push(row);
    }
  };
  for (const page of pagesOf(chunk, stored)) {
    const bytes = page.bytes();
    if (page.kind === PAGE.dictionary) texts = dictionaryTexts(bytes, page.count, dictionaries);
    else if (page.encoding === ENCODING.plain) {
      if (plain.length === 0) plain.push(...texts);
      texts = plain;
      for (const text of plainTexts(bytes, page.count)) {
        // Sorted as they are, a text follows its like.
        if (plain.at(-1) !== text) plain.push(text);
        add(plain.length - 1, 1);
      }
    } else {
      readCodes(bytes, page.count, {
        run: add,
        packed(at, bits, count) {
          for (let i = 0; i < count; i++) add(codeAt(bytes, 8 * at + i * bits, bits), 1);
        },
      });
    }
  }
  if (codes.some(code => code >= texts.length)) throw new BadParquet('a code without an entry');
  if (row !== chunk.values) throw new BadParquet(`${row} texts in place of ${chunk.values}`);
  return { texts, codes: Uint32Array.from(codes), ends: Uint32Array.from(ends) };
}

function dictionaryTexts(bytes: Buffer, count: number, dictionaries: Dictionaries) {
  const key = bytes.toString('latin1');
  let texts = dictionaries.get(key);
  if (texts?.length !== count) {
    texts = [...plainTexts(bytes, count)];
    dictionaries.set(key, texts);
  }
  return texts;
}

/** Decoded at once where all is ASCII, lengths included: thousands of small calls cost more. */
function* plainTexts(bytes: Buffer, count: number): Generator<string> {
  const whole = isAscii(bytes) ? bytes.toString('latin1') : undefined;
  for (let i = 0, at = 0; i < count; i++) {
    if (at + 4 > bytes.length) throw new BadParquet('a page with too few texts');
    const end = at + 4 + bytes.readUInt32LE(at);
    if (end > bytes.length) throw new BadParquet('a text past the end of its page');
    yield whole ? whole.substring(at + 4, end) : bytes.toString('utf8', at + 4, end);
    at = end;
  }
}
