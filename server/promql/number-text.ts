/** Numbers as Go writes them, where that differs from JavaScript. */

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : undefined;
}

/** A sample's value in an answer. The digits are the same in both; exponents have two in Go. */
export function valueText(value: number): string {
  const text = special(value) ?? String(value);
  return text.includes('e') ? text.replace(/e([+-])(\d)$/, 'e$10$2') : text;
}

/** A value as a label: never with an exponent. */
export function countValueText(value: number): string {
  const text = special(value) ?? String(value);
  const [, sign, whole, fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}

/** Milliseconds as the seconds of an answer. */
export function timeText(atMs: number): string {
  if (atMs % 1000 === 0) return String(atMs / 1000);
  const ms = Math.abs(atMs) % 1000;
  const sign = atMs < 0 ? '-' : '';
  return `${sign}${Math.floor(Math.abs(atMs) / 1000)}.${String(ms).padStart(3, '0')}`;
}
