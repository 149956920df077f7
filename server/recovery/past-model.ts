/** A model as of an instant: with the inventory that stood then, and what had come in by then. */
import type { Logger } from 'pino';
import { buildTopology, type Topology } from '../../twin/index.ts';
import { type PastCalibration, pastCalibration, useLearnedPower } from '../calibration/past.ts';
import type { Clock } from '../clock.ts';
import type { Layout, LogPosition, LogVisitor } from '../journal/contract.ts';
import { IGNORES, readLog, StopReading } from '../journal/read-log.ts';
import { createLiveTwin, type LiveTwin } from '../live-twin.ts';
import { readInventory } from './generations.ts';
import { restore } from './restore.ts';
import { putRolledUp, type RolledUp } from './rolled-up.ts';
import { listSnapshots, readSnapshot } from './snapshot-file.ts';

interface PastModel {
  readonly live: LiveTwin;
  /** Key of the generation that stood. */
  readonly generation: string;
  /** In the journal, behind the last record that is in the model. */
  readonly position: LogPosition;
  /** As the snapshot before has it; undefined where that has none. */
  readonly calibration: PastCalibration | undefined;
}

interface PastOptions {
  readonly dataDir: string;
  readonly atMs: number;
  readonly log: Logger;
  /** Of the model; stands at the instant unless given. */
  readonly clock?: Clock;
}

/** The journal does not reach back so far. */
export class TooLongAgo extends Error {}

/** @throws TooLongAgo; Error when the inventory of then is not stored. */
export function modelAt(options: PastOptions): PastModel {
  const { dataDir, atMs, log, clock = { now: () => atMs, speed: 1 } } = options;
  const generation = generationAt(dataDir, atMs);
  const live = createLiveTwin(topologyOf(dataDir, generation), clock);
  const { end, learned } = restore({ dataDir, live, generation, untilMs: atMs, log });
  const calibration = pastCalibration(live.twin, learned);
  if (calibration) useLearnedPower(live.twin, calibration);
  live.tick();
  // Figures that follow from those of a tick.
  live.tick();
  return { live, generation, position: end, calibration };
}

/** A model of roll-ups, with the inventory of today. */
export function modelOf(rolledUp: RolledUp, topology: Topology): LiveTwin {
  const { atMs } = rolledUp;
  const live = createLiveTwin(topology, { now: () => atMs, speed: 1 });
  putRolledUp(live.twin, rolledUp);
  live.tick();
  live.tick();
  return live;
}

export function topologyOf(dataDir: string, generation: string): Topology {
  const inventory = readInventory(dataDir, generation);
  const built = buildTopology(inventory);
  if (built.ok) return built.value;
  const [{ message }] = built.problems;
  throw new Error(`the inventory of that time is not valid in this version: ${message}`);
}

/** Key of the generation that the newest snapshot until then is of, or the journal begins with. */
function generationAt(dataDir: string, atMs: number): string {
  const files = listSnapshots(dataDir).filter(({ clockMs }) => clockMs <= atMs);
  for (const { file } of files.reverse()) {
    try {
      return readSnapshot(file).head.generation;
    } catch {
      // `restore` says what is wrong with it.
    }
  }
  const first = firstLayout(dataDir);
  if (first && first.clockMs <= atMs) return first.layout.generation;
  const reach = first
    ? `it reaches back to ${new Date(first.clockMs).toISOString()}`
    : 'it is empty';
  throw new TooLongAgo(`the journal does not know of ${new Date(atMs).toISOString()}: ${reach}`);
}

interface FirstLayout {
  readonly layout: Layout;
  readonly clockMs: number;
}

function firstLayout(dataDir: string): FirstLayout | undefined {
  let first: FirstLayout | undefined;
  const visitor: LogVisitor = {
    ...IGNORES,
    layout(layout, clockMs) {
      first = { layout, clockMs };
      throw new StopReading();
    },
  };
  readLog(dataDir, {}, visitor);
  return first;
}
