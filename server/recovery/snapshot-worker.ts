/** Compresses a fork of the state and puts it on disk, beside the thread that serves. */
import { createWriteStream, renameSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parentPort } from 'node:worker_threads';
import { createZstdCompress } from 'node:zlib';
import { syncFolder } from '../put-file.ts';
import { SNAPSHOT_ZSTD } from './snapshot-file.ts';

export interface SnapshotJob {
  readonly file: string;
  /** Views on shared memory, that nobody writes to until the answer has come. */
  readonly pieces: readonly ArrayBufferView[];
}

export interface SnapshotDone {
  readonly bytes: number;
  readonly error?: string;
}

const CHUNK_BYTES = 2 ** 20;

async function write({ file, pieces }: SnapshotJob): Promise<number> {
  const beside = `${file}.tmp`;
  const compress = createZstdCompress(SNAPSHOT_ZSTD);
  await pipeline(chunksOf(pieces), compress, createWriteStream(beside));
  const handle = await open(beside, 'r+');
  const { size } = await handle.stat();
  await handle.sync().finally(() => handle.close());
  renameSync(beside, file);
  syncFolder(dirname(file));
  return size;
}

/** Streams take no views on shared memory: each chunk is a copy. */
function* chunksOf(pieces: readonly ArrayBufferView[]) {
  for (const { buffer, byteOffset, byteLength } of pieces) {
    for (let at = 0; at < byteLength; at += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, byteLength - at);
      const chunk = new Uint8Array(length);
      chunk.set(new Uint8Array(buffer, byteOffset + at, length));
      yield chunk;
    }
  }
}

parentPort?.on('message', (job: SnapshotJob) => {
  write(job).then(
    bytes => parentPort?.postMessage({ bytes } satisfies SnapshotDone),
    error => parentPort?.postMessage({ bytes: 0, error: String(error) } satisfies SnapshotDone),
  );
});
