/** What the commands print: JSON on stdout, or lines and tables for people. */
export const printLine = (text: string) => process.stdout.write(`${text}\n`);

export function printJson(value: unknown) {
  printLine(JSON.stringify(value, null, 2));
}

/** Columns as wide as their widest entry; numbers to the right. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]) {
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map(row => row[i]?.length ?? 0)),
  );
  const isNumber = (text: string) => /^-?[\d.,]+( \S+)?$/.test(text);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (isNumber(cell) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  printLine([line(header), ...rows.map(line)].join('\n'));
}

/** Numbers to so many digits, without zeros at their end. */
export const shown = (value: number | boolean | string, digits = 3) =>
  typeof value === 'number' ? String(Number(value.toPrecision(digits))) : String(value);
