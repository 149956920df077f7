/** When a limit fills up, in a sentence. */
import type { Forecast } from '../api/types.ts';
import { formatDuration, formatWhen, valueText } from '../format.ts';

export function limitSentence(forecast: Forecast, nowMs: number): string {
  const { limit, timeToLimit, signal, horizonS, origins } = forecast;
  if (!timeToLimit) {
    const what = limit
      ? `The limit of ${valueText(signal, limit.value)} at ${limit.entity}`
      : 'No limit';
    if (limit && origins === 0) {
      return `${what}: too few values yet to say when it is reached.`;
    }
    return `${what} is not reached within ${formatDuration(horizonS)}.`;
  }
  const value = limit ? ` of ${valueText(signal, limit.value)}` : '';
  const where = `The limit${value} at ${timeToLimit.entity}`;
  const early = timeToLimit.earliest
    ? `, at the earliest in ${formatDuration(secondsTo(timeToLimit.earliest, nowMs))}`
    : '';
  if (!timeToLimit.at) return `${where} may be reached within ${formatDuration(horizonS)}${early}.`;
  const inS = secondsTo(timeToLimit.at, nowMs);
  const when = formatWhen(timeToLimit.at, nowMs);
  return `${where} is reached in ${formatDuration(inS)} (${when})${early}.`;
}

const secondsTo = (at: string, nowMs: number) => Math.max(0, (Date.parse(at) - nowMs) / 1000);

/** Which model, why, and what its band rests on. */
export function modelSentence({ model, reason, backtest = [] }: Forecast): string {
  const why = reason ? sentence(reason) : `Model ${model}.`;
  return backtest.length > 0 ? `${why} The band is from the errors it made in the back-test.` : why;
}

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
