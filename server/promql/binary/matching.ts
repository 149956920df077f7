/** Two vectors, pair by pair: one to one, or many to one with `group_left` and `group_right`. */
import type { Binary, Matching } from '../ast.ts';
import type { Budget } from '../budget.ts';
import {
  filtered,
  groupingOf,
  type Labels,
  labelsText,
  labelValue,
  METRIC_NAME,
  nameless,
  withLabel,
} from '../labels.ts';
import { failed } from '../query-error.ts';
import { emptyLine, groupedBy, type Line, merged } from '../values.ts';
import { type Pairing, pairingOf } from './operators.ts';

export const ALL_LABELS: Matching = { isOn: false, labels: [], include: [] };

export interface Sides {
  readonly binary: Binary;
  readonly left: readonly Line[];
  readonly right: readonly Line[];
  readonly budget: Budget;
}

interface Match {
  readonly matching: Matching;
  readonly pairing: Pairing;
  /** Whether sides were exchanged, so that the "one" side is the right one. */
  readonly isSwapped: boolean;
}

const MANY_TO_ONE = 'multiple matches for labels: many-to-one matching must be explicit';
const NOT_UNIQUE = 'multiple matches for labels: grouping labels must ensure unique matches';

export async function matched({ binary, left, right, budget }: Sides): Promise<readonly Line[]> {
  const { matching = ALL_LABELS, op, isBool } = binary;
  if (left.length === 0 || right.length === 0) return [];
  const isSwapped = matching.group === 'right';
  const match: Match = { matching, isSwapped, pairing: pairingOf(op, isBool) };
  const [many, one] = isSwapped ? [right, left] : [left, right];
  const signature = groupingOf(matching.labels, matching.isOn);
  const ones = await groupedBy(one, signature, budget);
  checkOnes(ones, many, match);
  const out: Line[] = [];
  for (const [key, members] of await groupedBy(many, signature, budget)) {
    const partners = ones.get(key);
    if (!partners) continue;
    budget.addSamples(members.length * members[0].has.length);
    for (const pair of await pairs(members, partners, match, budget)) out.push(pair);
    await budget.breathe();
  }
  return merged(out, budget);
}

/** The "one" side may have only one series a step in each group, if there is anything to match. */
function checkOnes(ones: ReadonlyMap<string, Line[]>, many: readonly Line[], match: Match): void {
  for (const members of ones.values()) {
    if (members.length < 2) continue;
    for (let k = 0; k < members[0].has.length; k++) {
      const present = members.filter(({ has }) => has[k]);
      if (present.length < 2 || !many.some(({ has }) => has[k])) continue;
      const { matching, isSwapped } = match;
      const wanted = new Set(matching.labels);
      const group = filtered(present[0].labels, name =>
        matching.isOn ? wanted.has(name) : name !== METRIC_NAME && !wanted.has(name),
      );
      const both = `${labelsText(present[1].labels)}, ${labelsText(present[0].labels)}`;
      throw failed(
        `found duplicate series for the match group ${labelsText(group)} on the ` +
          `${isSwapped ? 'left' : 'right'} hand-side of the operation: [${both}];` +
          'many-to-many matching not allowed: matching labels must be unique on one side',
      );
    }
  }
}

/** All of one group: each of the many with each of its partners, of which one is there a step. */
async function pairs(
  many: readonly Line[],
  partners: readonly Line[],
  match: Match,
  budget: Budget,
): Promise<readonly Line[]> {
  const { matching } = match;
  const out: Line[] = [];
  for (const line of many) {
    for (const partner of partners) out.push(paired(line, partner, match));
  }
  if (out.length === 1) return out;
  if (matching.group) return merged(out, budget, NOT_UNIQUE);
  // Whatever their labels, two of one step would be many to one.
  const kept = new Uint8Array(many[0].has.length);
  for (const { has } of out) {
    for (let k = 0; k < has.length; k++) {
      if (has[k] && kept[k]++) throw failed(`${MANY_TO_ONE} (group_left/group_right)`);
    }
  }
  return merged(out, budget);
}

function paired(line: Line, partner: Line, { pairing, matching, isSwapped }: Match): Line {
  const { compute, keeps, dropsName } = pairing;
  const [a, b] = isSwapped ? [partner, line] : [line, partner];
  const labels = resultLabels(line.labels, partner.labels, matching, dropsName);
  const out = emptyLine(labels, line.has.length);
  for (let k = 0; k < line.has.length; k++) {
    if (!a.has[k] || !b.has[k] || !keeps(a.values[k], b.values[k])) continue;
    out.values[k] = compute(a.values[k], b.values[k]);
    out.has[k] = 1;
  }
  return out;
}

function resultLabels(many: Labels, one: Labels, matching: Matching, dropsName: boolean): Labels {
  let labels = dropsName ? nameless(many) : many;
  if (!matching.group) {
    const named = new Set(matching.labels);
    labels = filtered(labels, name => named.has(name) === matching.isOn);
  }
  for (const name of matching.include) labels = withLabel(labels, name, labelValue(one, name));
  return labels;
}
