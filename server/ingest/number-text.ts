/** Decimal numbers from bytes, to the nearest double, without making a string of the usual ones. */

const DOT = 0x2e;
const MINUS = 0x2d;
const PLUS = 0x2b;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_E = 0x65;
const LOWER_CASE = 0x20;

/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
const MAX_POWER = 22;
/** So many digits make an integer below 2^53, which a double holds exactly. */
const EXACT_DIGITS = 15;

/** Where the number last read ended; -1 when there was none. */
export let numberEnd = -1;

/**
 * The number at `bytes[start]`: decimal with an optional sign, point and exponent, or NaN or Inf
 * (any case, as exporters differ). Sets `numberEnd`; no hexadecimal, no underscores.
 *
 * An integer of up to 15 digits times or over a power of ten up to 10^22 is one operation on exact
 * operands, hence correctly rounded (Clinger 1990); the rest goes to `Number`.
 */
export function readNumber(bytes: Buffer, start: number, end: number): number {
  let at = start;
  const isNegative = bytes[at] === MINUS;
  if (isNegative || bytes[at] === PLUS) at++;
  const digitsAt = at;
  let mantissa = 0;
  let byte = 0;
  for (; at < end; at++) {
    byte = bytes[at];
    if (byte < ZERO || byte > NINE) break;
    mantissa = mantissa * 10 + (byte - ZERO);
  }
  let digits = at - digitsAt;
  let power = 0;
  if (at < end && byte === DOT) {
    const fractionAt = ++at;
    for (; at < end; at++) {
      byte = bytes[at];
      if (byte < ZERO || byte > NINE) break;
      mantissa = mantissa * 10 + (byte - ZERO);
    }
    power = fractionAt - at;
    digits -= power;
  }
  if (digits === 0) return readWord(bytes, start, end);
  if (at < end && (byte | LOWER_CASE) === LOWER_E) {
    at = exponentEnd(bytes, at + 1, end);
    if (at < 0) return none();
    power += exponent;
  }
  numberEnd = at;
  if (digits > EXACT_DIGITS || power < -MAX_POWER || power > MAX_POWER) {
    return Number(bytes.toString('latin1', start, at));
  }
  if (power < 0) mantissa /= POWERS[-power];
  else if (power > 0) mantissa *= POWERS[power];
  return isNegative ? -mantissa : mantissa;
}

let exponent = 0;

/** Reads the exponent at `at` into `exponent`. @returns its end, or -1 when it has no digit */
function exponentEnd(bytes: Buffer, at: number, end: number): number {
  const isNegative = bytes[at] === MINUS;
  if (at < end && (isNegative || bytes[at] === PLUS)) at++;
  const digitsAt = at;
  exponent = 0;
  for (; at < end && bytes[at] >= ZERO && bytes[at] <= NINE; at++) {
    // Beyond four digits it is zero or infinity in any case, and `Number` says which.
    if (exponent < 10_000) exponent = exponent * 10 + (bytes[at] - ZERO);
  }
  if (isNegative) exponent = -exponent;
  return at === digitsAt ? -1 : at;
}

function readWord(bytes: Buffer, start: number, end: number): number {
  const word = /^([+-]?)(nan|inf(?:inity)?)/i.exec(
    bytes.toString('latin1', start, Math.min(end, start + 9)),
  );
  if (word === null) return none();
  numberEnd = start + word[0].length;
  if (word[2].toLowerCase() === 'nan') return Number.NaN;
  return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function none(): number {
  numberEnd = -1;
  return Number.NaN;
}
