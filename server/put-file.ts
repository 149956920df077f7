/** Files that are there whole or not at all, whenever the power goes. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes beside, syncs, renames, and syncs the folder. */
export function putFile(file: string, content: string | Uint8Array): void {
  const beside = `${file}.tmp`;
  writeSynced(beside, [typeof content === 'string' ? Buffer.from(content) : content]);
  renameSync(beside, file);
  syncFolder(dirname(file));
}

/** Writes the parts one behind the other and syncs them; the name is on disk after `syncFolder`. */
export function writeSynced(file: string, parts: readonly Uint8Array[], mode = 0o666): void {
  const opened = openSync(file, 'w', mode);
  try {
    for (const part of parts) {
      for (let at = 0; at < part.length; ) at += writeSync(opened, part, at);
    }
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** What was made, renamed or removed in a folder is so after a power loss, too. */
export function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
