/** A file that is there whole or not at all, whenever the power goes. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes beside, syncs, renames, and syncs the folder. */
export function putFile(file: string, content: string | Uint8Array): void {
  const beside = `${file}.tmp`;
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const opened = openSync(beside, 'w');
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(opened, bytes, at);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
  renameSync(beside, file);
  syncFolder(dirname(file));
}

export function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
