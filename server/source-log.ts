/**
 * Says in the log which sources have fallen silent, which senders are refused, and who is back: a
 * line a look, however many they are, so that a switch that takes a row with it is one line.
 */
import type { Logger } from 'pino';
import type { SourceHealth } from './ingest/contract.ts';

const EVERY_MS = 10_000;
/** Looks in a row that find a source amiss before it is news: one lost answer is none. */
const LOOKS = 3;
/** Sources that a line names; the others are counted. */
const NAMED = 5;
const ERROR_LENGTH = 200;

interface SourceLog {
  start(): void;
  stop(): void;
  /** One look. */
  round(): void;
}

interface Watch {
  /** What the line counts them as. */
  readonly what: string;
  readonly isAmiss: (source: SourceHealth) => boolean;
  readonly isWell: (source: SourceHealth) => boolean;
  readonly begins: string;
  readonly ends: string;
}

const WATCHES: readonly Watch[] = [
  {
    what: 'down',
    isAmiss: ({ state }) => state === 'down',
    isWell: ({ state }) => state !== 'down',
    begins: 'sources do not answer',
    ends: 'sources answer again',
  },
  {
    // Whoever polls has a state of its own for it; of a sender nobody else here would say a word.
    what: 'refused',
    isAmiss: ({ kind, state }) => kind === 'remoteWrite' && state === 'degraded',
    isWell: ({ state }) => state === 'up',
    begins: 'what senders write is refused',
    ends: 'what senders write is taken again',
  },
];

export function createSourceLog(sources: () => readonly SourceHealth[], log: Logger): SourceLog {
  const looks = WATCHES.map(watch => createLook(watch, log));
  let timer: NodeJS.Timeout | undefined;

  function round() {
    const all = sources();
    for (const look of looks) look(all);
  }

  return {
    round,
    start() {
      timer = setInterval(round, EVERY_MS);
    },
    stop: () => clearInterval(timer),
  };
}

function createLook(watch: Watch, log: Logger): (all: readonly SourceHealth[]) => void {
  /** Looks that found a source amiss, without a break. */
  const looks = new Map<string, number>();
  return all => {
    const amiss = all.filter(watch.isAmiss);
    const ids = new Set(amiss.map(({ id }) => id));
    // A sender that is forgotten, as it came no more, is not back.
    const back = all.filter(each => watch.isWell(each) && (looks.get(each.id) ?? 0) >= LOOKS);
    for (const id of looks.keys()) if (!ids.has(id)) looks.delete(id);
    for (const id of ids) looks.set(id, (looks.get(id) ?? 0) + 1);
    const fallen = amiss.filter(({ id }) => looks.get(id) === LOOKS);
    const total = { [watch.what]: ids.size, of: all.length };
    if (fallen.length > 0) {
      const errors = Object.fromEntries(fallen.slice(0, NAMED).map(each => [each.id, why(each)]));
      log.warn({ count: fallen.length, errors, ...total }, watch.begins);
    }
    if (back.length > 0) {
      const named = back.slice(0, NAMED).map(({ id }) => id);
      log.info({ count: back.length, sources: named, ...total }, watch.ends);
    }
  };
}

const why = ({ lastError = 'silent' }: SourceHealth) =>
  lastError.length > ERROR_LENGTH ? `${lastError.slice(0, ERROR_LENGTH)}…` : lastError;
