/**
 * The checkpoint: which files make up the history, and how far in the journal they reach. It is
 * replaced as a whole, so that a crash at any moment leaves the one before or the one after; files
 * that it does not name are no part of the history.
 */
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { BEGINNING } from '../../journal/position.ts';
import { putFile } from '../../put-file.ts';
import { TIER_IDS } from './tiers.ts';

const position = z.object({ segment: z.int().min(0), offset: z.number().min(0) });

const storedFile = z.object({
  /** Within the folder of the history. */
  path: z.string(),
  tier: z.enum(TIER_IDS),
  shelf: z.enum(['inner', 'outer']),
  /** All its rows are in [fromMs, toMs); of roll-ups it is the hour or the day. */
  fromMs: z.number(),
  toMs: z.number(),
  rows: z.number(),
  bytes: z.number(),
  /** Least and greatest rack (inner) or signal (outer). */
  first: z.string(),
  last: z.string(),
  /** Event times of rows that came late, the greatest inclusive; absent when none did. */
  late: z.tuple([z.number(), z.number()]).optional(),
});
export type StoredFile = z.output<typeof storedFile>;

const checkpoint = z.object({
  version: z.literal(1),
  /** Everything before it in the journal is in the files. */
  position,
  /** What the cells behind `position` stand for, until the journal says otherwise. */
  layout: z
    .object({
      generation: z.string(),
      columns: z.array(
        z.object({ signal: z.string(), kind: z.string(), first: z.number(), count: z.number() }),
      ),
    })
    .optional(),
  /** Clock of the newest record before `position`. */
  clockMs: z.number().optional(),
  /** Hours before it are rolled up; what comes for them now stays raw. */
  rolledToMs: z.number().optional(),
  /** Number of the next file. */
  sequence: z.int().min(1),
  /** What was deleted: a tier is complete from here on. */
  keptFromMs: z.partialRecord(z.enum(TIER_IDS), z.number()),
  /** Racks that an entity has stood in before: older rows lie there. */
  racksBefore: z.record(z.string(), z.array(z.string())),
  /** Which generation of the inventory stood from when on, the oldest first. */
  generations: z.array(z.object({ generation: z.string(), fromMs: z.number() })).default([]),
  files: z.array(storedFile),
});
export type Checkpoint = z.output<typeof checkpoint>;

export const HISTORY_DIR = 'history';
const CHECKPOINT = 'checkpoint.json';

export const emptyCheckpoint = (): Checkpoint => ({
  version: 1,
  position: BEGINNING,
  sequence: 1,
  keptFromMs: {},
  racksBefore: {},
  generations: [],
  files: [],
});

/**
 * The checkpoint of a folder, with files that are gone taken out, and files of no checkpoint
 * removed. One that cannot be read is set aside, and everything is read from the journal anew.
 */
export function openCheckpoint(folder: string, report: (what: string) => void): Checkpoint {
  mkdirSync(folder, { recursive: true });
  const stored = readCheckpoint(folder, report);
  if (!stored) return emptyCheckpoint();
  const files = stored.files.filter(file => {
    const isThere = existsSync(join(folder, file.path));
    if (!isThere) report(`${file.path} is gone, and its rows with it`);
    return isThere;
  });
  const known = new Set(files.map(file => file.path));
  for (const path of globSync('*/**/*.parquet{,.tmp}', { cwd: folder })) {
    if (known.has(path)) continue;
    rmSync(join(folder, path));
    report(`${path} was not finished when the service ended; it is made again`);
  }
  return { ...stored, files };
}

function readCheckpoint(folder: string, report: (what: string) => void): Checkpoint | undefined {
  const path = join(folder, CHECKPOINT);
  if (!existsSync(path)) {
    // Without a checkpoint nothing counts yet, and the first one must not take in leftovers.
    for (const name of globSync('*/**/*.parquet{,.tmp}', { cwd: folder })) {
      renameSync(join(folder, name), join(folder, `${name}.bad`));
      report(`${name} belongs to no checkpoint; set aside as .bad`);
    }
    return undefined;
  }
  try {
    return checkpoint.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    renameSync(path, `${path}.bad`);
    report(`${CHECKPOINT} cannot be read and is set aside: ${(error as Error).message}`);
    return readCheckpoint(folder, report);
  }
}

export const saveCheckpoint = (folder: string, stored: Checkpoint): void =>
  putFile(join(folder, CHECKPOINT), JSON.stringify(stored));
