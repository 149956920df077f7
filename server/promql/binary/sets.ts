/** `and`, `or`, `unless`: which series stay, by whether others with the same labels are there. */
import type { Binary } from '../ast.ts';
import { groupingOf } from '../labels.ts';
import { isEmpty, type Line, merged } from '../values.ts';
import { ALL_LABELS } from './matching.ts';

export function setOf(
  { op, matching = ALL_LABELS }: Binary,
  left: readonly Line[],
  right: readonly Line[],
): readonly Line[] {
  const signature = groupingOf(matching.labels, matching.isOn);
  const signed = (lines: readonly Line[]) =>
    lines.map(line => [line, signature(line.labels)] as const);
  const others = presence(signed(op === 'or' ? left : right));
  const kept = signed(op === 'or' ? right : left).flatMap(([line, key]) => {
    const there = others.get(key);
    const wanted =
      op === 'and' ? there && only(line, there, 1) : there ? only(line, there, 0) : line;
    return wanted && !isEmpty(wanted) ? [wanted] : [];
  });
  return merged(op === 'or' ? [...left, ...kept] : kept);
}

/** Steps at which a group has any series. */
function presence(lines: readonly (readonly [Line, string])[]): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [{ has }, key] of lines) {
    const flags = found.get(key);
    if (!flags) found.set(key, has.slice());
    else for (let k = 0; k < has.length; k++) flags[k] |= has[k];
  }
  return found;
}

/** The steps at which the others are there (1) or are not (0). */
const only = (line: Line, others: Uint8Array, wanted: 0 | 1): Line => ({
  ...line,
  has: line.has.map((flag, k) => (flag && others[k] === wanted ? 1 : 0)),
});
