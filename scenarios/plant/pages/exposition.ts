/** Prometheus text format 0.0.4: the few pieces every page is made of. */

export type Labels = Readonly<Record<string, string | number>>;

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const escapeLabel = (text: string) =>
  text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');

/** `a="b",c="d"`; empty string for no labels. */
export const labelText = (labels: Labels) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
    .join(',');

export type FamilyType = 'gauge' | 'counter' | 'untyped';

export const familyHead = (name: string, type: FamilyType, help: string) =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

/** Prefix of a sample line, up to and including the space before the value. */
export const seriesPrefix = (name: string, labels: Labels) => {
  const text = labelText(labels);
  return text === '' ? `${name} ` : `${name}{${text}} `;
};

/**
 * A page whose series do not change: prefixes are made once, and a scrape only joins them with
 * numbers. `At` is whatever a reading needs to know (simulation and index).
 */
export interface Template<At extends readonly unknown[]> {
  add(prefix: string, value: (...at: At) => number): void;
  family(
    head: readonly [name: string, type: FamilyType, help: string],
    series: readonly (readonly [labels: Labels, value: (...at: At) => number])[],
  ): void;
  render(...at: At): string;
}

export function createTemplate<At extends readonly unknown[]>(): Template<At> {
  const prefixes: string[] = [];
  const values: ((...at: At) => number)[] = [];
  let pendingHead = '';
  const add = (prefix: string, value: (...at: At) => number) => {
    prefixes.push(pendingHead + prefix);
    pendingHead = '';
    values.push(value);
  };
  return {
    add,
    family([name, type, help], series) {
      if (series.length === 0) return;
      pendingHead = familyHead(name, type, help);
      for (const [labels, value] of series) add(seriesPrefix(name, labels), value);
    },
    render(...at) {
      let text = '';
      for (let n = 0; n < prefixes.length; n++) text += `${prefixes[n]}${values[n](...at)}\n`;
      return text;
    },
  };
}
