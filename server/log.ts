/** Structured log: one JSON object a line, on standard error. */
import { type Logger, pino } from 'pino';

/** Fields that never appear, wherever someone logs an object that has them. */
const SECRETS = ['password', 'token', 'authorization', 'secret', 'sessionToken'];

export function createLog(
  level: string,
  stream: pino.DestinationStream = pino.destination(2),
): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: SECRETS.flatMap(name => [name, `*.${name}`, `*.*.${name}`]),
    },
    stream,
  );
}

const SELDOM_MS = 60_000;

/**
 * For what can happen many times a second: the first is said, then one a minute, with how many were
 * not said since.
 */
export function seldom<T>(
  say: (what: T, unsaid: number) => void,
  nowMs: () => number = () => performance.now(),
): (what: T) => void {
  let saidMs = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return what => {
    if (nowMs() - saidMs < SELDOM_MS) {
      unsaid++;
      return;
    }
    saidMs = nowMs();
    say(what, unsaid);
    unsaid = 0;
  };
}
