/** Lengths of time as people write them: 90s, 15m, 1.5h, 2d. */
export const DURATION = /^(\d+(?:\.\d+)?)(s|m|h|d)$/;

const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** @returns NaN where the text is none */
export function secondsIn(text: string): number {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  return Number(amount) * UNIT_S[unit];
}
