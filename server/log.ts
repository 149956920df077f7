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
