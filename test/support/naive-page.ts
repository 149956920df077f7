/** A slow, plain reader of text pages by regular expressions: what the fast one is compared with. */

interface NaiveSample {
  /** Name and labels, sorted. */
  readonly series: string;
  readonly value: number;
  /** As it stands, if it stands there. */
  readonly time: string | undefined;
}

interface NaivePage {
  readonly samples: NaiveSample[];
  /** Numbers of the lines that are neither samples nor comments nor empty. */
  readonly badLines: number[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*[ \\t]*=[ \\t]*"(?:[^"\\\\]|\\\\.)*"';
const LABELS = `\\{[ \\t]*(?:${LABEL}[ \\t]*(?:,[ \\t]*${LABEL}[ \\t]*)*,?[ \\t]*)?\\}`;
const NUMBER =
  '[+-]?(?:[0-9]+\\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\\.[0-9]+(?:[eE][+-]?[0-9]+)?|nan|inf|infinity)';
const LINE = new RegExp(
  `^[ \\t]*(${NAME})[ \\t]*(${LABELS})?(?<=[ \\t}])[ \\t]*(${NUMBER})(?:[ \\t]+(${NUMBER}))?[ \\t]*(?:(?<=[ \\t])#.*)?$`,
  'is',
);

/** Whole lines only, as a page that is cut off has no more. */
export function naivePage(text: string): NaivePage {
  const page: NaivePage = { samples: [], badLines: [] };
  const lines = text.split('\n').slice(0, -1);
  lines.forEach((line, index) => {
    const bare = line.replace(/\r$/, '');
    if (/^[ \t]*(#.*)?$/s.test(bare)) return;
    const sample = naiveSample(bare);
    if (sample) page.samples.push(sample);
    else page.badLines.push(index + 1);
  });
  return page;
}

function naiveSample(line: string): NaiveSample | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [, name, labels = '{}', value, time] = match;
  const pairs = [...labels.matchAll(/([a-zA-Z0-9_]+)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"/gs)];
  const unescaped = pairs.map(
    ([, label, text]) =>
      [label, text.replace(/\\([\\n"])/g, (_, c) => (c === 'n' ? '\n' : c))] as const,
  );
  if (new Set(unescaped.map(([label]) => label)).size < pairs.length) return undefined;
  return { series: seriesOf(name, Object.fromEntries(unescaped)), value: numberOf(value), time };
}

export function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function numberOf(text: string): number {
  if (/nan$/i.test(text)) return Number.NaN;
  if (/inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}
