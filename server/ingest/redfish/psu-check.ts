/** Power of a PSU that cannot be true: BMCs report ratings, or sums, in place of readings. */
import { at, type JsonObject } from './json.ts';

/** A supply delivers its rating, and briefly somewhat more. */
const MAX_OF_RATED = 2;
/** No supply is below 50 % efficiency but for a small draw of its own. */
const MAX_OF_OUTPUT = 2;
const OWN_DRAW_W = 100;

const INPUTS = ['InputPowerWatts.Reading', 'PowerInputWatts'];
const OUTPUTS = ['OutputPowerWatts.Reading', 'PowerOutputWatts', 'LastPowerOutputWatts'];

/** @returns the reason not to believe `signal`, if there is one */
export function impossiblePower(
  signal: string,
  psu: JsonObject,
  ratedW?: number,
): string | undefined {
  if (signal !== 'psuInputPowerW' && signal !== 'psuOutputPowerW') return undefined;
  const inputW = firstNumber(psu, INPUTS);
  const outputW = firstNumber(psu, OUTPUTS);
  const limitW = (ratedW ?? firstNumber(psu, ['PowerCapacityWatts']) ?? Infinity) * MAX_OF_RATED;
  const ownW = signal === 'psuInputPowerW' ? inputW : outputW;
  if (ownW !== undefined && limitW > 0 && ownW > limitW) return 'above twice the rated power';
  if (signal === 'psuOutputPowerW' || inputW === undefined || !outputW) return undefined;
  const isAbsurd = inputW > MAX_OF_OUTPUT * outputW + OWN_DRAW_W;
  return isAbsurd ? 'input above twice the output' : undefined;
}

function firstNumber(body: JsonObject, paths: readonly string[]): number | undefined {
  return paths.map(path => at(body, path)).find(value => typeof value === 'number');
}
