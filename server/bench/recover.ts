/**
 * `bench recover`: samples into the model and the journal, 2,000 to a commit, and a restart that has
 * no snapshot to begin from; with one, a restart is that much shorter.
 */
import { type Logger, pino } from 'pino';
import { measuredHash, type Topology } from '../../twin/index.ts';
import { createJournal } from '../journal/journal.ts';
import { createLiveTwin, type LiveTwin } from '../live-twin.ts';
import { saveGeneration } from '../recovery/generations.ts';
import { recordInto } from '../recovery/recording.ts';
import { restore } from '../recovery/restore.ts';
import { createSnapshots } from '../recovery/snapshots.ts';
import { inFolder } from './in-folder.ts';
import { calibrate, cpuSecondsOf, machine } from './machine.ts';
import { plausibleValues, referenceCells, referenceTopology } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

const SAMPLES = { small: 200_000, reference: 60_000_000 } as const;
const A_COMMIT = 2000;
const START_MS = Date.UTC(2026, 0, 1);
const ROUND_MS = 15_000;

export const benchRecover = (size: BenchSize): Promise<BenchResult> =>
  inFolder(dataDir => measure(size, dataDir));

async function measure(size: BenchSize, dataDir: string): Promise<BenchResult> {
  const log: Logger = pino({ level: 'silent' });
  const topology = referenceTopology(size);
  const samples = SAMPLES[size];
  const written = await write({ topology, dataDir, samples, log });
  const again = createLiveTwin(topology, fixedClock(written.endMs));
  const { generation } = written;
  const startedMs = performance.now();
  const restoreCpuS = cpuSecondsOf(() => restore({ dataDir, live: again, generation, log }));
  const restoreS = (performance.now() - startedMs) / 1000;
  if (measuredHash(again.twin.state) !== written.hash) throw new Error('not the same state');
  const tickCpuS = cpuSecondsOf(() => again.tick());
  return {
    name: 'recover',
    params: { size, samples, series: written.series, samplesACommit: A_COMMIT },
    figures: {
      writeCpuSPerMillion: (written.cpuS / samples) * 1e6,
      journalMB: written.bytes / 1e6,
      restoreS,
      restoreCpuS,
      firstTickCpuS: tickCpuS,
      ...(await snapshotFigures({ dataDir, live: again, generation, log })),
    },
    machine: machine(),
    calibration: calibrate(),
    hash: written.hash,
  };
}

interface Work {
  readonly topology: Topology;
  readonly dataDir: string;
  readonly samples: number;
  readonly log: Logger;
}

const fixedClock = (nowMs: number) => ({ now: () => nowMs, speed: 1 });

/** Rounds over all cells, in the order in which hosts send them. All threads are counted. */
async function write({ topology, dataDir, samples, log }: Work) {
  let nowMs = START_MS;
  const live = createLiveTwin(topology, { now: () => nowMs, speed: 1 });
  const journal = await createJournal({ dir: dataDir, clock: live.clock, log });
  const generation = saveGeneration(dataDir, topology);
  recordInto(journal, live, { dataDir, stored: generation });
  const cells = referenceCells(live.twin);
  const values = plausibleValues(live.twin, cells);
  const before = process.cpuUsage();
  for (let n = 0; n < samples; n++) {
    const at = n % cells.length;
    if (at === 0) nowMs += ROUND_MS;
    const cell = cells[at];
    live.write(cell, live.twin.state.entityAt(cell), values[at] * (1 - (n & 15) / 1000), nowMs);
    if (n % A_COMMIT === A_COMMIT - 1) await journal.durable();
  }
  await journal.durable();
  const { user, system } = process.cpuUsage(before);
  const { bytes } = journal.stats();
  await journal.close();
  const hash = measuredHash(live.twin.state);
  const cpuS = (user + system) / 1e6;
  return { generation, bytes, hash, cpuS, endMs: nowMs, series: cells.length };
}

interface SnapshotWork {
  readonly dataDir: string;
  readonly live: LiveTwin;
  readonly generation: string;
  readonly log: Logger;
}

async function snapshotFigures({ dataDir, live, generation, log }: SnapshotWork) {
  const journal = await createJournal({ dir: dataDir, clock: live.clock, log });
  const learned = { encoded: async () => [] };
  const options = { dataDir, live, journal, learned, log, keepMs: 1e9 };
  const snapshots = createSnapshots({ ...options, generation: () => generation });
  const before = process.cpuUsage();
  await snapshots.take();
  const { user, system } = process.cpuUsage(before);
  const { lastBytes, lastTookMs } = snapshots.stats();
  await snapshots.close();
  await journal.close();
  const again = createLiveTwin(live.twin.topology, live.clock);
  const restoreS = cpuSecondsOf(() => restore({ dataDir, live: again, generation, log }));
  return {
    snapshotMB: lastBytes / 1e6,
    snapshotCpuS: (user + system) / 1e6,
    snapshotS: lastTookMs / 1000,
    restoreFromSnapshotCpuS: restoreS,
  };
}
