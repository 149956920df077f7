/** A file system that does what a test says before it does what it should. */
import { basename } from 'node:path';
import { type LogFile, type LogFiles, logFiles } from '../../server/journal/log-files.ts';

type Operation = 'create' | 'write' | 'datasync' | 'sync' | 'truncate' | 'remove' | 'syncDir';

export interface Faults {
  /** Throws, waits, or lets it happen. @param bytes to be written */
  before(operation: Operation, name: string, bytes: number): void | Promise<void>;
  /** Bytes that a write takes at most; more is left to the next. */
  writeBytesMax?(): number;
}

export const systemError = (code: string) => Object.assign(new Error(`${code}: planted`), { code });

export function faultyFiles(faults: Faults, under: LogFiles = logFiles): LogFiles {
  const wrap = (file: LogFile, name: string): LogFile => ({
    async write(buffers, at) {
      const max = faults.writeBytesMax?.() ?? Number.POSITIVE_INFINITY;
      const bytes = Buffer.concat(buffers);
      await faults.before('write', name, bytes.length);
      return file.write([bytes.subarray(0, max)], at);
    },
    async datasync() {
      await faults.before('datasync', name, 0);
      await file.datasync();
    },
    async sync() {
      await faults.before('sync', name, 0);
      await file.sync();
    },
    async truncate(bytes) {
      await faults.before('truncate', name, 0);
      await file.truncate(bytes);
    },
    close: () => file.close(),
  });
  return {
    ...under,
    async create(path) {
      await faults.before('create', basename(path), 0);
      return wrap(await under.create(path), basename(path));
    },
    async openExisting(path) {
      return wrap(await under.openExisting(path), basename(path));
    },
    async remove(path) {
      await faults.before('remove', basename(path), 0);
      await under.remove(path);
    },
    async syncDir(path) {
      await faults.before('syncDir', basename(path), 0);
      await under.syncDir(path);
    },
  };
}
