/** Label sets: two parallel lists, names ascending; a label with an empty value is no label. */

export interface Labels {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

export const METRIC_NAME = '__name__';

export const NO_LABELS: Labels = { names: [], values: [] };

/** Half of a surrogate pair: no label read from UTF-8 contains it, so keys cannot collide. */
const BREAK = '\ud800';

export function labelsOf(record: Iterable<readonly [string, string]>): Labels {
  const pairs = [...record].filter(([, value]) => value !== '');
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { names: pairs.map(([name]) => name), values: pairs.map(([, value]) => value) };
}

export function labelValue({ names, values }: Labels, name: string): string {
  const at = names.indexOf(name);
  return at < 0 ? '' : values[at];
}

/** Equal for equal sets, and for no others. */
export const keyOf = ({ names, values }: Labels): string =>
  names.join(BREAK) + BREAK + BREAK + values.join(BREAK);

/** @param keep by label name. */
export function filtered(labels: Labels, keep: (name: string) => boolean): Labels {
  const names: string[] = [];
  const values: string[] = [];
  for (let i = 0; i < labels.names.length; i++) {
    if (!keep(labels.names[i])) continue;
    names.push(labels.names[i]);
    values.push(labels.values[i]);
  }
  return { names, values };
}

/** Without the metric's name: what a computed value has. */
export const nameless = (labels: Labels): Labels =>
  labels.names.includes(METRIC_NAME) ? filtered(labels, name => name !== METRIC_NAME) : labels;

/** An empty value takes the label away. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  const others = filtered(labels, each => each !== name);
  if (value === '') return others;
  let at = 0;
  while (at < others.names.length && others.names[at] < name) at++;
  return {
    names: others.names.toSpliced(at, 0, name),
    values: others.values.toSpliced(at, 0, value),
  };
}

/** Order of Prometheus' answers: label by label, name before value. */
export function compareLabels(a: Labels, b: Labels): number {
  const count = Math.min(a.names.length, b.names.length);
  for (let i = 0; i < count; i++) {
    if (a.names[i] !== b.names[i]) return a.names[i] < b.names[i] ? -1 : 1;
    if (a.values[i] !== b.values[i]) return a.values[i] < b.values[i] ? -1 : 1;
  }
  return a.names.length - b.names.length;
}

/** `name{a="b"}` for messages. */
export function labelsText(labels: Labels): string {
  const pairs = labels.names.map((name, i) => [name, labels.values[i]] as const);
  const inner = pairs
    .filter(([name]) => name !== METRIC_NAME)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${labelValue(labels, METRIC_NAME)}{${inner.join(', ')}}`;
}

export const isLabelName = (text: string) => /^[a-zA-Z_]\w*$/.test(text);

/** Which labels make two series belong together: `by`/`on` a list, or all but a list. */
type Grouping = (labels: Labels) => string;

export function groupingOf(labels: readonly string[], isOnly: boolean): Grouping {
  if (isOnly) {
    const wanted = [...new Set(labels)].sort();
    return set => wanted.map(name => labelValue(set, name)).join(BREAK);
  }
  const left = new Set([...labels, METRIC_NAME]);
  return set => keyOf(filtered(set, name => !left.has(name)));
}
