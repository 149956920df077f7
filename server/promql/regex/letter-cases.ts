/** The other case of each letter that has one, for `(?i)`. */
import { codeBlocks } from './code-blocks.ts';
import { inRanges, normalised, type Ranges } from './tree.ts';

/** A letter, and what it becomes; in order of the letters. */
type Case = readonly [code: number, other: number];

let known: readonly Case[] | undefined;

/** With the other case of each letter. @param ranges sorted and disjoint */
export function caseless(ranges: Ranges): number[] {
  known ??= allCases();
  const more: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    for (let at = firstFrom(known, ranges[i]); at < known.length; at++) {
      const [code, other] = known[at];
      if (code > ranges[i + 1]) break;
      if (!inRanges(ranges, other)) more.push(other, other);
    }
  }
  return more.length === 0 ? [...ranges] : normalised([...ranges, ...more]);
}

/** Index of the first case of a letter that is not below `code`. */
function firstFrom(cases: readonly Case[], code: number): number {
  let [low, high] = [0, cases.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cases[middle][0] < code) low = middle + 1;
    else high = middle;
  }
  return low;
}

function allCases(): Case[] {
  const cases: Case[] = [];
  for (const { first, last, text } of codeBlocks()) {
    if (text.toLowerCase() === text && text.toUpperCase() === text) continue;
    for (let code = first; code <= last; code++) cases.push(...casesOf(code));
  }
  return cases;
}

function casesOf(code: number): Case[] {
  const letter = String.fromCodePoint(code);
  return [letter.toLowerCase(), letter.toUpperCase()]
    .filter(other => other !== letter)
    .map(other => [other, other.codePointAt(0)!] as const)
    .filter(([other, folded]) => other.length === String.fromCodePoint(folded).length)
    .map(([, folded]) => [code, folded]);
}
