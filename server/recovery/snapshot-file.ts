/**
 * A snapshot on disk: `snapshots/<clock>-<segment>-<offset>.snap.zst`, one zstd frame with a
 * checksum. Inside: u32 length, JSON of that length, padding to 8 bytes, the state
 * (`twin/state/snapshot.ts`), and at the end what was learned, as long as the JSON says. A file that
 * is there under its name is whole.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { constants, zstdDecompressSync } from 'node:zlib';
import type { SourceEvent } from '../ingest/contract.ts';
import type { LogPosition } from '../journal/contract.ts';
import type { LearnedPart } from './learned.ts';

/** What is not in the cells. */
interface SnapshotHead {
  readonly version: 1;
  readonly clockMs: number;
  /** All of the journal before it is in the snapshot. */
  readonly position: LogPosition;
  readonly generation: string;
  readonly texts: readonly string[];
  readonly events: readonly SourceEvent[];
  readonly breaches: readonly StoredBreach[];
  /** In their order at the end of the file; absent in snapshots of older versions. */
  readonly learned?: readonly { readonly name: string; readonly length: number }[];
}

export interface SnapshotRead {
  readonly head: SnapshotHead;
  readonly state: Uint8Array;
  readonly learned: readonly LearnedPart[];
}

export interface StoredBreach {
  readonly limit: string;
  readonly entity: string;
  readonly sinceMs: number;
  /** Absent while it is pending. */
  readonly firedAtMs?: number;
  readonly value: number;
}

export interface SnapshotFile {
  readonly file: string;
  readonly clockMs: number;
  readonly position: LogPosition;
}

const VERSION = 1;
const FOLDER = 'snapshots';
const NAME = /^(\d+)-(\d+)-(\d+)\.snap\.zst$/;
const LENGTH_BYTES = 4;

export const SNAPSHOT_ZSTD = {
  params: { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_compressionLevel]: 1 },
};

export function snapshotPath(dataDir: string, clockMs: number, { segment, offset }: LogPosition) {
  const folder = join(dataDir, FOLDER);
  mkdirSync(folder, { recursive: true });
  return join(folder, `${Math.round(clockMs)}-${segment}-${offset}.snap.zst`);
}

/** By age, oldest first; what was being written when the process ended is taken away. */
export function listSnapshots(dataDir: string): SnapshotFile[] {
  const folder = join(dataDir, FOLDER);
  if (!existsSync(folder)) return [];
  const found: SnapshotFile[] = [];
  for (const name of readdirSync(folder)) {
    const [, clock, segment, offset] = NAME.exec(name) ?? [];
    if (clock === undefined) continue;
    const position = { segment: Number(segment), offset: Number(offset) };
    found.push({ file: join(folder, name), clockMs: Number(clock), position });
  }
  return found.sort(
    (a, b) =>
      a.position.segment - b.position.segment ||
      a.position.offset - b.position.offset ||
      a.clockMs - b.clockMs,
  );
}

/** What a broken-off write has left behind. For the one process that may write here. */
export function removeUnfinished(dataDir: string): void {
  const folder = join(dataDir, FOLDER);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.tmp')) unlinkSync(join(folder, name));
  }
}

export function encodeHead(head: SnapshotHead): Uint8Array {
  const text = Buffer.from(JSON.stringify(head));
  const bytes = Buffer.alloc(Math.ceil((LENGTH_BYTES + text.length) / 8) * 8);
  bytes.writeUInt32LE(text.length);
  text.copy(bytes, LENGTH_BYTES);
  return bytes;
}

/** @throws Error saying what is wrong with the file. */
export function readSnapshot(file: string): SnapshotRead {
  const bytes = zstdDecompressSync(readFileSync(file));
  const length = bytes.readUInt32LE();
  const end = LENGTH_BYTES + length;
  const head = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)) as SnapshotHead;
  if (head.version !== VERSION) throw new Error(`version ${head.version} is not ${VERSION}`);
  const parts = head.learned ?? [];
  const stateEnd = bytes.length - parts.reduce((sum, part) => sum + part.length, 0);
  let at = stateEnd;
  const learned = parts.map(part => {
    at += part.length;
    // a copy: these live on, and the whole file with them otherwise
    return { name: part.name, bytes: Uint8Array.from(bytes.subarray(at - part.length, at)) };
  });
  return { head, state: bytes.subarray(Math.ceil(end / 8) * 8, stateEnd), learned };
}
