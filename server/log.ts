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

const MINUTE_MS = 60_000;

interface Seldom {
  /** Lines that are said in a minute. */
  readonly perMinute?: number;
  readonly nowMs?: () => number;
}

/**
 * For what can happen many times a second: so many are said each minute, and with the first of a
 * minute how many were not said in the one before.
 */
export function seldom<T>(
  say: (what: T, unsaid: number) => void,
  { perMinute = 1, nowMs = () => performance.now() }: Seldom = {},
): (what: T) => void {
  let beganMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return what => {
    const isNew = nowMs() - beganMs >= MINUTE_MS;
    const unsaid = isNew ? Math.max(0, count - perMinute) : 0;
    if (isNew) {
      beganMs = nowMs();
      count = 0;
    }
    count++;
    if (count <= perMinute) say(what, unsaid);
  };
}
