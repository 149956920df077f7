/** Times on the command line. */
import { secondsIn } from '../duration.ts';
import { UserError } from '../user-error.ts';

/** Beyond it a date has no text. */
const MAX_MS = 8.64e15;

/** For `option`: the past instant that a command asks for. */
export const AT_OPTION = [
  '--at <time>',
  'a past instant: an RFC 3339 time, or how long ago: 15m, 2h',
] as const;

/**
 * @param text an RFC 3339 time, or how long ago: 90s, 15m, 2h, 1d
 * @returns epoch ms
 * @throws UserError naming the flag
 */
export function instant(flag: string, text: string, nowMs: number): number {
  const agoS = secondsIn(text);
  const atMs = Number.isNaN(agoS) ? Date.parse(text) : nowMs - 1000 * agoS;
  if (Math.abs(atMs) <= MAX_MS) return atMs;
  throw new UserError(`${flag}: '${text}' is no time such as 2026-01-31T12:00:00Z, or 15m for ago`);
}

/** As the API takes it. @throws UserError naming the flag */
export const isoInstant = (flag: string, text: string) =>
  new Date(instant(flag, text, Date.now())).toISOString();

/**
 * @param text 90, 90s, 15m, 2h, 1d
 * @throws UserError naming the flag
 */
export function secondsOf(flag: string, text: string): number {
  const seconds = [text, `${text}s`].map(secondsIn).find(s => !Number.isNaN(s));
  if (seconds !== undefined) return seconds;
  throw new UserError(`${flag}: '${text}' is no time such as 90s, 15m or 1h`);
}
