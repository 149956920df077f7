/** `and`, `or`, `unless`: which series stay, by whether others with the same labels are there. */
import { groupingOf } from '../labels.ts';
import { groupedBy, isEmpty, type Line, merged } from '../values.ts';
import { ALL_LABELS, type Sides } from './matching.ts';

export async function setOf({ binary, left, right, budget }: Sides): Promise<readonly Line[]> {
  const { op, matching = ALL_LABELS } = binary;
  const signature = groupingOf(matching.labels, matching.isOn);
  const isOr = op === 'or';
  const others = await groupedBy(isOr ? left : right, signature, budget);
  const kept: Line[] = [];
  for (const [key, lines] of await groupedBy(isOr ? right : left, signature, budget)) {
    const there = presence(others.get(key));
    for (const line of lines) {
      const wanted = there ? only(line, there, op === 'and' ? 1 : 0) : op !== 'and' && line;
      if (wanted && !isEmpty(wanted)) kept.push(wanted);
    }
    await budget.breathe();
  }
  return merged(isOr ? left.concat(kept) : kept, budget);
}

/** Steps at which a group has any series. */
function presence(lines: readonly Line[] | undefined): Uint8Array | undefined {
  if (!lines) return undefined;
  const flags = lines[0].has.slice();
  for (const { has } of lines.slice(1)) for (let k = 0; k < has.length; k++) flags[k] |= has[k];
  return flags;
}

/** The steps at which the others are there (1) or are not (0). */
const only = (line: Line, others: Uint8Array, wanted: 0 | 1): Line => ({
  ...line,
  has: line.has.map((flag, k) => (flag && others[k] === wanted ? 1 : 0)),
});
