/** A model as it was: the newest good snapshot up to an instant, and the journal behind it. */
import type { Logger } from 'pino';
import { restoreSnapshot, type Twin, thresholdOf } from '../../twin/index.ts';
import type { Damage, LogPosition } from '../journal/contract.ts';
import { BEGINNING } from '../journal/position.ts';
import type { LiveTwin } from '../live-twin.ts';
import { NotedBreaches } from './breach-notes.ts';
import { moveTo, readEntities } from './generations.ts';
import type { LearnedPart } from './learned.ts';
import { createReplay, type ReplayTarget } from './log-replay.ts';
import { readUntil } from './read-until.ts';
import {
  listSnapshots,
  readSnapshot,
  type SnapshotRead,
  type StoredBreach,
} from './snapshot-file.ts';

interface RestoreOptions {
  readonly dataDir: string;
  /** A fresh live model; nothing has been written to it. */
  readonly live: LiveTwin;
  /** Key of the generation of its topology. */
  readonly generation: string;
  /** Only what the service's clock had seen by then; everything unless given. */
  readonly untilMs?: number;
  readonly log: Logger;
}

export interface Restored {
  /** Clock of the snapshot that was used; absent when there was none. */
  readonly snapshotMs?: number;
  /** Clock of the last record applied; NaN when there was none. */
  readonly lastMs: number;
  /** Behind the last record read. */
  readonly end: LogPosition;
  readonly rows: number;
  /** Rows whose entity or signal is not there any more. */
  readonly goneRows: number;
  readonly tornBytes: number;
  readonly damages: readonly Damage[];
  /** What the snapshot holds beside the state. */
  readonly learned: readonly LearnedPart[];
  readonly tookMs: number;
}

/** Leaves the model for a tick to work out. Damage is logged and skipped, never thrown. */
export function restore(options: RestoreOptions): Restored {
  const { dataDir, live, generation, log } = options;
  const startedMs = performance.now();
  const target: ReplayTarget = {
    ...{ twin: live.twin, texts: live.texts, events: live.events, generation },
    moveFrom: key => moveTo(live.twin.topology, readEntities(dataDir, key)),
  };
  const snapshot = newestGood(options, target);
  const breaches = new NotedBreaches(snapshot?.head.breaches ?? []);
  const replay = createReplay(target, breaches);
  const from = snapshot?.head.position ?? BEGINNING;
  const report = readUntil({ dataDir, from, untilMs: options.untilMs }, replay);
  const { lastMs } = report;
  for (const breach of breaches.standing) adoptBreach(live.twin, breach);
  live.twin.touchAll();
  for (const damage of report.damages) log.error(damage, 'a part of the journal cannot be read');
  return {
    ...(snapshot ? { snapshotMs: snapshot.head.clockMs } : {}),
    lastMs: Number.isNaN(lastMs) ? (snapshot?.head.clockMs ?? Number.NaN) : lastMs,
    end: report.end,
    rows: replay.applied,
    goneRows: replay.gone,
    tornBytes: report.tornBytes,
    damages: report.damages,
    learned: snapshot?.learned ?? [],
    tookMs: performance.now() - startedMs,
  };
}

/** Newest first, until one can be used: a damaged one costs time, not data. */
function newestGood(options: RestoreOptions, target: ReplayTarget): SnapshotRead | undefined {
  const { dataDir, untilMs = Number.POSITIVE_INFINITY, log } = options;
  const files = listSnapshots(dataDir).filter(({ clockMs }) => clockMs <= untilMs);
  for (const { file } of files.reverse()) {
    try {
      const read = readSnapshot(file);
      const { head, state } = read;
      const isSame = head.generation === target.generation;
      restoreSnapshot(
        target.twin.state,
        state,
        isSame ? undefined : target.moveFrom(head.generation),
      );
      for (const [index, text] of head.texts.entries()) target.texts.restore(index, text);
      for (const event of head.events) target.events.add(event);
      return read;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.error({ file, why }, 'a snapshot cannot be used: the one before it is');
    }
  }
  return undefined;
}

function adoptBreach(twin: Twin, { limit: id, entity: name, ...stored }: StoredBreach) {
  const entity = twin.topology.indexOf(name);
  if (entity < 0) return;
  const kind = twin.topology.kind[entity];
  const limit = twin.judge.table.find(each => each.row.id === id && each.kind === kind);
  if (!limit) return;
  const { sinceMs, value, firedAtMs = Number.NaN } = stored;
  const threshold = thresholdOf(limit, twin.topology, entity);
  const firing = stored.firedAtMs !== undefined;
  twin.judge.adopt({ limit, entity, sinceMs, firing, firedAtMs, value, threshold });
}
