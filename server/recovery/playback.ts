/** A stretch of the past, played back into a model at a chosen speed. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { LiveTwin } from '../live-twin.ts';
import { moveTo, readEntities } from './generations.ts';
import { createReplay, type Replay } from './log-replay.ts';
import { modelAt } from './past-model.ts';
import { readUntil } from './read-until.ts';

export interface Playback {
  readonly dataDir: string;
  readonly live: LiveTwin;
  /** Key of the generation that stood at the beginning. */
  readonly generation: string;
  readonly clock: Clock;
  readonly fromMs: number;
  readonly toMs: number;
  /** Whatever had come in by the clock's time goes into the model. Before each tick. */
  advance(): void;
}

interface PlaybackOptions {
  readonly dataDir: string;
  readonly fromMs: number;
  /** The clock stands still from here on. */
  readonly toMs: number;
  /** Seconds of the past a second. */
  readonly speed: number;
  readonly log: Logger;
}

/** @throws TooLongAgo when the journal does not reach back to the beginning. */
export function createPlayback(options: PlaybackOptions): Playback {
  const { dataDir, fromMs, toMs, speed, log } = options;
  let startedMs = Date.now();
  const now = () => Math.min(toMs, fromMs + speed * (Date.now() - startedMs));
  const clock: Clock = { now, speed };
  const { live, generation, position } = modelAt({ dataDir, atMs: fromMs, log, clock });
  const replay = replayInto(dataDir, live, generation);
  let from = position;
  // Making the model took a while, which is no part of the playback.
  startedMs = Date.now();
  return {
    ...{ dataDir, live, generation, clock, fromMs, toMs },
    advance() {
      from = readUntil({ dataDir, from, untilMs: clock.now() }, replay).end;
    },
  };
}

function replayInto(dataDir: string, live: LiveTwin, generation: string): Replay {
  const { twin, texts, events } = live;
  return createReplay({
    ...{ twin, texts, events, generation },
    write: (cell, value, atMs) => twin.write(cell, twin.state.entityAt(cell), value, atMs),
    moveFrom: key => moveTo(twin.topology, readEntities(dataDir, key)),
  });
}
