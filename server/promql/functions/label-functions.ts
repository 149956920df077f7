/** `label_replace` and `label_join`: values stay, labels change. */
import type { Budget } from '../budget.ts';
import { isLabelName, type Labels, labelValue, withLabel } from '../labels.ts';
import { failed } from '../query-error.ts';
import { compileRegex, type Regex, RegexError } from '../regex/regex.ts';
import { type Line, merged, type Value, type Vector, vectorOf } from '../values.ts';
import { type FunctionRow, type Invocation, linesOf, textArg } from './row.ts';

function labelReplace({ args, budget }: Invocation): Promise<Vector> {
  const [target, replacement, source, pattern] = args.slice(1).map(textArg);
  const regex = regexOf(pattern);
  if (!isLabelName(target)) {
    throw failed(`invalid destination label name in label_replace(): ${target}`);
  }
  return relabelled(args[0], budget, labels => {
    const groups = regex.exec(labelValue(labels, source));
    return groups ? withLabel(labels, target, expanded(replacement, groups, regex)) : labels;
  });
}

function regexOf(pattern: string): Regex {
  try {
    return compileRegex(pattern);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw failed(`invalid regular expression in label_replace(): ${pattern}: ${error.message}`);
  }
}

/** `$1`, `${1}`, `$name`; `$$` is a dollar. A name is as long as it can be: `$1x` is group `1x`. */
function expanded(template: string, groups: readonly (string | undefined)[], regex: Regex): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare, braced) => {
    if (whole === '$$') return '$';
    const name: string = bare ?? braced;
    const index = /^\d+$/.test(name) ? Number(name) : regex.groupNames.get(name);
    return index === undefined ? '' : (groups[index] ?? '');
  });
}

function labelJoin({ args, budget }: Invocation): Promise<Vector> {
  const [target, separator, ...sources] = args.slice(1).map(textArg);
  for (const source of sources) {
    if (!isLabelName(source)) {
      throw failed(`invalid source label name in label_join(): ${source}`);
    }
  }
  if (!isLabelName(target)) {
    throw failed(`invalid destination label name in label_join(): ${target}`);
  }
  return relabelled(args[0], budget, labels =>
    withLabel(labels, target, sources.map(source => labelValue(labels, source)).join(separator)),
  );
}

async function relabelled(
  vector: Value,
  budget: Budget,
  change: (labels: Labels) => Labels,
): Promise<Vector> {
  const lines: Line[] = [];
  for (const line of linesOf(vector)) {
    lines.push({ ...line, labels: change(line.labels) });
    await budget.breathe();
  }
  return vectorOf(await merged(lines, budget));
}

export const LABEL_FUNCTIONS: readonly FunctionRow[] = [
  {
    name: 'label_replace',
    args: ['instant vector', 'string', 'string', 'string', 'string'],
    returns: 'instant vector',
    run: labelReplace,
  },
  {
    name: 'label_join',
    args: ['instant vector', 'string', 'string', 'string'],
    optional: 1,
    isVariadic: true,
    returns: 'instant vector',
    run: labelJoin,
  },
];
