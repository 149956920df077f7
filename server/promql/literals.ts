/** Numbers, durations and strings as PromQL writes them. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

const DURATION = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;

/** `1h30m` in milliseconds; undefined for anything else. Units go from long to short. */
export function durationMs(text: string): number | undefined {
  if (text === '' || !DURATION.test(text)) return undefined;
  let sum = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) {
    sum += Number(digits) * UNIT_MS[unit];
  }
  return sum;
}

const DECIMAL = /^(?:\d+(?:_?\d)*(?:\.(?:\d+(?:_?\d)*)?)?|\.\d+(?:_?\d)*)(?:e[+-]?\d+(?:_?\d)*)?$/i;

/** A number without sign; a duration is its seconds. Undefined when it is neither. */
export function numberOf(text: string): number | undefined {
  if (/^inf$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^0x[\da-f]+$/i.test(text)) return Number.parseInt(text, 16);
  if (DECIMAL.test(text)) return Number(text.replaceAll('_', ''));
  const ms = durationMs(text);
  return ms === undefined ? undefined : ms / 1000;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ '\\': '\\', '"': '"', "'": "'" },
};

const ESCAPE =
  /\\(?:([abfnrtv\\"'])|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([\s\S]?))/g;

type TextOf = { readonly ok: true; readonly text: string } | { readonly ok: false; why: string };

/** The text of a quoted string, with the escapes of Go; in back-ticks everything is literal. */
export function textOf(quoted: string): TextOf {
  const quote = quoted[0];
  if (quoted.length < 2 || !quoted.endsWith(quote)) {
    return { ok: false, why: 'unterminated quoted string' };
  }
  const inner = quoted.slice(1, -1);
  if (quote === '`') return { ok: true, text: inner };
  if (inner.includes('\n')) return { ok: false, why: 'unterminated quoted string' };
  let why = '';
  const text = inner.replace(ESCAPE, (whole, simple, x, u, long, octal) => {
    if (simple !== undefined) {
      const isOther = (simple === '"' || simple === "'") && simple !== quote;
      if (isOther) why = `unknown escape sequence ${whole}`;
      return SIMPLE_ESCAPES[simple];
    }
    const hex = x ?? u ?? long;
    const code = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16);
    const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    if (isCharacter && !(octal !== undefined && code > 255)) return String.fromCodePoint(code);
    why = `unknown escape sequence ${whole}`;
    return '';
  });
  return why ? { ok: false, why } : { ok: true, text };
}
