/** Series put together by labels, or without some. */
import type { Aggregate } from '../ast.ts';
import type { Budget } from '../budget.ts';
import {
  filtered,
  groupingOf,
  isLabelName,
  type Labels,
  METRIC_NAME,
  withLabel,
} from '../labels.ts';
import { countValueText } from '../number-text.ts';
import { failed } from '../query-error.ts';
import { emptyLine, groupedBy, type Line, type Value, type Vector, vectorOf } from '../values.ts';
import { FOLDS } from './folds.ts';
import { bestOf, checkCounts, quantileLine } from './ranks.ts';

interface Input {
  readonly aggregate: Aggregate;
  readonly lines: readonly Line[];
  readonly param: Value | undefined;
  readonly stepCount: number;
  readonly budget: Budget;
}

export async function aggregated(input: Input): Promise<Vector> {
  const { aggregate, lines, param, stepCount, budget } = input;
  if (aggregate.op === 'count_values') {
    return countValues(input, param?.type === 'text' ? param.text : '');
  }
  const keyOf = groupingOf(aggregate.labels, !aggregate.isWithout);
  const groups = await groupedBy(lines, keyOf, budget);
  const out: Line[] = [];
  const best: (readonly Line[])[] = [];
  const values = param?.type === 'scalar' ? param.values : new Float64Array(stepCount);
  if (aggregate.op === 'topk' || aggregate.op === 'bottomk') checkCounts(values);
  for (const members of groups.values()) {
    budget.addSamples(stepCount);
    const labels = groupLabels(members[0].labels, aggregate);
    const ranking = { lines: members, param: values, budget };
    if (aggregate.op === 'topk') best.push(await bestOf(ranking, 1));
    else if (aggregate.op === 'bottomk') best.push(await bestOf(ranking, -1));
    else if (aggregate.op === 'quantile') out.push({ ...(await quantileLine(ranking)), labels });
    else out.push({ ...(await folded(aggregate.op, members, stepCount, budget)), labels });
  }
  return vectorOf(out.concat(...best));
}

async function folded(op: string, lines: readonly Line[], stepCount: number, budget: Budget) {
  const fold = FOLDS.get(op)!(stepCount);
  for (const line of lines) {
    fold.add(line);
    await budget.breathe();
  }
  return fold.end();
}

function groupLabels(labels: Labels, { labels: named, isWithout }: Aggregate): Labels {
  return isWithout
    ? filtered(labels, name => name !== METRIC_NAME && !named.includes(name))
    : filtered(labels, name => named.includes(name));
}

/** How many series have each value, as a label. */
async function countValues(input: Input, label: string): Promise<Vector> {
  const { aggregate, lines, stepCount, budget } = input;
  if (!isLabelName(label)) throw failed(`invalid label name "${label}"`);
  const { isWithout } = aggregate;
  const named = isWithout ? aggregate.labels : [...aggregate.labels, label];
  const keyOf = groupingOf(named, !isWithout);
  const counts = new Map<string, Line>();
  for (const line of lines) {
    for (let k = 0; k < stepCount; k++) {
      if (!line.has[k]) continue;
      const labels = withLabel(line.labels, label, countValueText(line.values[k]));
      const key = keyOf(labels);
      let counted = counts.get(key);
      if (!counted) {
        budget.addSamples(stepCount);
        counted = emptyLine(groupLabels(labels, { ...aggregate, labels: named }), stepCount);
        counts.set(key, counted);
      }
      counted.values[k]++;
      counted.has[k] = 1;
    }
    await budget.breathe();
  }
  return vectorOf([...counts.values()]);
}
