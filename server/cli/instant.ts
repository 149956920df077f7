/** Times on the command line. */
import { UserError } from '../user-error.ts';

const AGO = /^(\d+(?:\.\d+)?)(s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };

/**
 * @param text an RFC 3339 time, or how long ago: 90s, 15m, 2h, 1d
 * @returns epoch ms
 * @throws UserError naming the flag
 */
export function instant(flag: string, text: string, nowMs: number): number {
  const [, amount, unit] = AGO.exec(text) ?? [];
  const atMs = amount === undefined ? Date.parse(text) : nowMs - Number(amount) * UNIT_MS[unit];
  if (Number.isFinite(atMs)) return atMs;
  throw new UserError(`${flag}: '${text}' is no time such as 2026-01-31T12:00:00Z, or 15m for ago`);
}

/**
 * @param text 90, 90s, 15m, 2h, 1d
 * @throws UserError naming the flag
 */
export function secondsOf(flag: string, text: string): number {
  const [, amount, unit] = AGO.exec(text) ?? AGO.exec(`${text}s`) ?? [];
  if (amount !== undefined) return (Number(amount) * UNIT_MS[unit]) / 1000;
  throw new UserError(`${flag}: '${text}' is no time such as 90s, 15m or 1h`);
}
