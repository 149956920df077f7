/**
 * Says in the log which sources have fallen silent and which are back: a line a look, however many
 * they are, so that a switch that takes a row with it is one line.
 */
import type { Logger } from 'pino';
import type { SourceHealth } from './ingest/contract.ts';

const EVERY_MS = 10_000;
/** Looks in a row that find a source down before it is news: one lost answer is none. */
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

export function createSourceLog(sources: () => readonly SourceHealth[], log: Logger): SourceLog {
  /** Looks that found a source down, without a break. */
  const looks = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  function round() {
    const all = sources();
    const silent = all.filter(({ state }) => state === 'down');
    const down = new Set(silent.map(({ id }) => id));
    const back = [...looks].filter(([id, count]) => count >= LOOKS && !down.has(id));
    for (const id of looks.keys()) if (!down.has(id)) looks.delete(id);
    for (const id of down) looks.set(id, (looks.get(id) ?? 0) + 1);
    const fallen = silent.filter(({ id }) => looks.get(id) === LOOKS);
    const total = { down: down.size, of: all.length };
    if (fallen.length > 0) {
      const errors = Object.fromEntries(fallen.slice(0, NAMED).map(each => [each.id, why(each)]));
      log.warn({ count: fallen.length, errors, ...total }, 'sources do not answer');
    }
    if (back.length > 0) {
      const named = back.slice(0, NAMED).map(([id]) => id);
      log.info({ count: back.length, sources: named, ...total }, 'sources answer again');
    }
  }

  return {
    round,
    start() {
      timer = setInterval(round, EVERY_MS);
    },
    stop: () => clearInterval(timer),
  };
}

const why = ({ lastError = 'silent' }: SourceHealth) =>
  lastError.length > ERROR_LENGTH ? `${lastError.slice(0, ERROR_LENGTH)}…` : lastError;
