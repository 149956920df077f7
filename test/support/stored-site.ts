/** A live model of the small site with a data directory, and what a crash leaves of it. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createLiveTwin, type LiveTwin } from '../../server/live-twin.ts';
import { storageConfig } from '../../server/recovery/config.ts';
import { type DataDir, openDataDir } from '../../server/recovery/data-dir.ts';
import { measuredHash, readSignal, signalIndex, type Topology } from '../../twin/index.ts';
import { smallTopology } from './small-service.ts';

export const STORED_START_MS = Date.parse('2026-04-01T08:00:00Z');
export const silent = pino({ level: 'silent' });

export interface StoredSite {
  readonly dir: string;
  readonly live: LiveTwin;
  readonly storage: DataDir;
  readonly clock: { nowMs: number; now(): number; readonly speed: number };
  write(entity: string, signal: string, value: number): void;
  end(entity: string, signal: string): void;
  /** Seconds go by, and the model is worked out. */
  pass(s: number): void;
  value(entity: string, signal: string): number;
}

/** Folders that this test file has made; `after(removeFolders)`. */
const folders: string[] = [];
export const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-stored-'));
  folders.push(folder);
  return folder;
};
export const removeFolders = () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
};

export async function storedSite(
  dir = newFolder(),
  {
    nowMs = STORED_START_MS,
    topology = smallTopology(),
  }: { nowMs?: number; topology?: Topology } = {},
): Promise<StoredSite> {
  const clock = { nowMs, now: () => clock.nowMs, speed: 1 };
  const live = createLiveTwin(topology, clock);
  const config = storageConfig.parse({});
  const storage = await openDataDir({ dir, config, live, log: silent });
  const cellOf = (entity: string, signal: string) => {
    const at = live.twin.topology.indexOf(entity);
    if (at < 0) throw new Error(`no entity '${entity}'`);
    return [live.twin.state.ensureCell(signalIndex(signal), at), at] as const;
  };
  return {
    ...{ dir, live, storage, clock },
    write: (entity, signal, value) => live.write(...cellOf(entity, signal), value, clock.nowMs),
    end: (entity, signal) => live.markStale(...cellOf(entity, signal)),
    pass(s) {
      clock.nowMs += 1000 * s;
      live.tick();
    },
    value(entity, signal) {
      const at = live.twin.topology.indexOf(entity);
      const { value, quality } = readSignal(live.twin.state, signalIndex(signal), at);
      return quality === 0 ? Number.NaN : value;
    },
  };
}

/** The data directory as the disk has it now: what a process finds that starts after a crash. */
export function afterCrash({ dir }: Pick<StoredSite, 'dir'>): string {
  const copy = newFolder();
  cpSync(dir, copy, { recursive: true });
  rmSync(join(copy, 'LOCK'), { force: true });
  return copy;
}

export const measured = ({ live }: StoredSite) => measuredHash(live.twin.state);
