/** Which power supply or fan a sensor's name speaks of. BMC vendors agree on nothing but a number. */

const PSU =
  /(?:^|[^a-z])(?:psu?|(?:pwr|power)[\s_-]*supply)(?:[\s._#-]*(?:bay|slot|unit|no))?[\s._#-]*(\d{1,2})(?!\d)/i;
const PSU_WORD = /(?:^|[^a-z])(?:psu?(?![a-z])|(?:pwr|power)[\s_-]*supply)/i;
const FAN =
  /fan(?:[\s_-]*(?:module|tray|unit|sys|system|board|bay|slot))?[\s._#-]*(\d{1,2})(?!\d)/i;
const BARE = /^\d{1,2}$/;

/**
 * @returns the number as written (`PSU1 Power In` gives 1, `PSU.Slot.2` 2, a bare `0` gives 0), or
 * undefined. Whether a machine counts from 0 or 1 is not in the name.
 */
export function psuNumber(text: string): number | undefined {
  if (BARE.test(text)) return Number(text);
  return numberIn(PSU, text);
}

/** As `psuNumber`, for chassis fans; a supply's own fan (`PS 1 Fan`) is not one of them. */
export function fanNumber(text: string): number | undefined {
  if (BARE.test(text)) return Number(text);
  return PSU_WORD.test(text) ? undefined : numberIn(FAN, text);
}

function numberIn(pattern: RegExp, text: string): number | undefined {
  const found = text.match(pattern);
  return found ? Number(found[1]) : undefined;
}
