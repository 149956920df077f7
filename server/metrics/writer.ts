/** Text exposition, up to a number of series; the rest is counted. */

export interface Writer {
  /** Opens a family; its HELP and TYPE are written with its first sample. */
  family(name: string, help: string): void;
  /** @param labels as written between the braces. */
  sample(labels: string, value: number): void;
  /** True when nothing more fits: what is left should be counted by `leaveOut`, not made. */
  readonly isFull: boolean;
  leaveOut(series: number): void;
  /** The whole page. */
  end(): string;
}

export function createWriter(maxSeries: number): Writer {
  const lines: string[] = [];
  let name = '';
  let head = '';
  let series = 0;
  let leftOut = 0;
  return {
    family(next, help) {
      name = next;
      head = `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
    },
    sample(labels, value) {
      if (series >= maxSeries) {
        leftOut++;
        return;
      }
      series++;
      lines.push(`${head}${name}${labels === '' ? '' : `{${labels}}`} ${textOf(value)}\n`);
      head = '';
    },
    get isFull() {
      return series >= maxSeries;
    },
    leaveOut(count) {
      leftOut += count;
    },
    end() {
      const self = 'orrery_metrics_left_out_series';
      lines.push(`# HELP ${self} Series of this page beyond metrics.maxSeries\n`);
      lines.push(`# TYPE ${self} gauge\n${self} ${leftOut}\n`);
      return lines.join('');
    },
  };
}

const textOf = (value: number) =>
  Number.isFinite(value)
    ? String(value)
    : Number.isNaN(value)
      ? 'NaN'
      : value > 0
        ? '+Inf'
        : '-Inf';

/** One label as it is written. */
export const label = (name: string, value: string) => `${name}="${escaped(value)}"`;

export const labels = (pairs: readonly (readonly [name: string, value: string])[]) =>
  pairs.map(([name, value]) => label(name, value)).join();

const escaped = (text: string) =>
  /[\\"\n]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : text;
