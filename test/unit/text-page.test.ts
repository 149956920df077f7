import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Bytes } from '../../server/ingest/bytes.ts';
import { isRefusal, labelsOfText } from '../../server/ingest/label-set.ts';
import { numberEnd, readNumber } from '../../server/ingest/number-text.ts';
import { NOT_EXPECTED, type PageFormat, PageReader } from '../../server/ingest/text-page.ts';
import { NOW_MS, newIngestSite, PAGE_SOURCE } from '../support/ingest-site.ts';
import { naivePage, seriesOf } from '../support/naive-page.ts';

const DATA = new URL('../../../shared/data/exporters/', import.meta.url);
const LIMITS = { maxLabels: 1000, maxLabelBytes: 100_000 };

/** Reads a page with a visitor that expects nothing and keeps everything. */
function read(text: string | Uint8Array, format?: PageFormat) {
  const samples: { series: string; value: number; atMs: number }[] = [];
  let series = '';
  const reader = new PageReader({
    expect: () => NOT_EXPECTED,
    name: () => true,
    series: ({ buffer }: Bytes, start, end) => {
      const set = labelsOfText(buffer.subarray(start, end), LIMITS);
      if (isRefusal(set)) return set.text;
      series = seriesOf(set.name, set.labels);
      return undefined;
    },
    sample: (value, atMs) => samples.push({ series, value, atMs }),
  });
  const body = typeof text === 'string' ? Buffer.from(text) : text;
  return { samples, ...reader.read(body, NOW_MS, format) };
}

const values = (text: string) => read(text).samples.map(({ value }) => value);
const numberOf = (text: string) => readNumber(Buffer.from(text), 0, text.length);

test('numbers: every double in its shortest form is read exactly', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), number => {
      const text = Object.is(number, -0) ? '-0' : String(number);
      assert.ok(Object.is(numberOf(text), number), text);
      assert.equal(numberEnd, text.length);
    }),
    { numRuns: 5000 },
  );
});

test('numbers: decimal text of any shape is read as Number reads it', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 25 });
  const text = fc
    .tuple(
      fc.constantFrom('', '-', '+'),
      digits,
      fc.option(digits, { nil: undefined }),
      fc.option(fc.integer({ min: -340, max: 320 }), { nil: undefined }),
    )
    .map(
      ([sign, whole, fraction, exponent]) =>
        `${sign}${whole}${fraction ? `.${fraction}` : ''}${exponent === undefined ? '' : `e${exponent}`}`,
    );
  fc.assert(
    fc.property(text, number => {
      assert.ok(Object.is(numberOf(number), Number(number)), number);
    }),
    { numRuns: 5000 },
  );
});

test('numbers: words, and what is none', () => {
  assert.equal(numberOf('+Inf'), Infinity);
  assert.equal(numberOf('-inf'), -Infinity);
  assert.equal(numberOf('Infinity'), Infinity);
  assert.ok(Number.isNaN(numberOf('NaN')));
  assert.equal(numberEnd, 3);
  for (const text of ['', '-', '.', 'e5', '1e', '1e+', 'abc', '+-1']) {
    numberOf(text);
    assert.equal(numberEnd, -1, text);
  }
  numberOf('0x1f');
  assert.equal(numberEnd, 1, 'hexadecimal ends after the zero, so its line is bad');
});

test('labels: escapes, blanks, a comma at the end, no labels, quoted names', () => {
  const page = [
    'a{x="q\\"b\\\\s\\nn", y="}"} 1',
    'b{x="1",} 2',
    'c{} 3',
    'd 4',
    'e { x = "1" , y = "2" } 5',
    '\tf{x="ü{},"}\t6',
    '{"g.h",x="1"} 7',
    'i{x="a\\tb"} 8',
  ];
  const { samples, errors } = read(`${page.join('\n')}\n`);
  assert.deepEqual(errors, []);
  assert.deepEqual(
    samples.map(({ series }) => series),
    [
      seriesOf('a', { x: 'q"b\\s\nn', y: '}' }),
      seriesOf('b', { x: '1' }),
      ...['c', 'd'].map(name => seriesOf(name, {})),
      seriesOf('e', { x: '1', y: '2' }),
      seriesOf('f', { x: 'ü{},' }),
      seriesOf('g.h', { x: '1' }),
      seriesOf('i', { x: 'a\\tb' }),
    ],
  );
  assert.deepEqual(
    samples.map(({ value }) => value),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
});

test('times: milliseconds in text, seconds in OpenMetrics', () => {
  const line = 'a 1 1520879607789\n';
  assert.equal(read(line).samples[0].atMs, 1_520_879_607_789);
  assert.equal(read('a 1 -5\n').samples[0].atMs, -5);
  const seconds = read('a 1 1520879607.789\n# EOF\n');
  assert.equal(seconds.format, 'openMetrics');
  assert.equal(seconds.samples[0].atMs, 1_520_879_607_789);
  assert.equal(read('a 1\n').samples[0].atMs, NOW_MS);
  assert.deepEqual(read('a 1 1.5\n').errors, ['line 1: no time or nothing after the value']);
});

test('OpenMetrics: exemplars are counted and passed over; without # EOF it is cut off', () => {
  const page =
    'a_bucket{le="1"} 8 1520879607.789 # {trace_id="a b"} 0.067 1520879607.7\nb 1 # {} 2\n';
  const whole = read(`${page}# EOF`, 'openMetrics');
  assert.deepEqual(
    whole.samples.map(({ value }) => value),
    [8, 1],
  );
  assert.equal(whole.exemplars, 2);
  assert.deepEqual(whole.errors, []);
  assert.deepEqual(read(page, 'openMetrics').errors, ['line 3: no # EOF: the page is cut off']);
});

test('carriage returns, blank lines, comments of any kind', () => {
  const page = '# HELP a b\r\n\r\n#\r\n  # c\r\n \t \na 1\r\nb{x="1"} 2 5\r\n# EOF\r\n';
  const { samples, errors, format } = read(page);
  assert.deepEqual(
    samples.map(({ value }) => value),
    [1, 2],
  );
  assert.deepEqual({ errors, format }, { errors: [], format: 'openMetrics' });
});

test('a bad line costs itself only, and is told with its number', () => {
  const page = [
    'good 1',
    '<html>',
    'a{x="1" 1',
    'b{x=1} 1',
    'c{x="1"}',
    'd one',
    'e 0x1f',
    'f 1 2 3',
    '5g 1',
    'h{x="1",x="2"} 1',
    'i{x="1"y="2"} 1',
    'j{="1"} 1',
    'good 2',
  ];
  const { samples, badLines, errors } = read(`${page.join('\n')}\n`);
  assert.deepEqual(
    samples.map(({ value }) => value),
    [1, 2],
  );
  assert.equal(errors.length, 11);
  assert.deepEqual(
    errors.map(error => Number(/^line (\d+): ./.exec(error)?.[1])),
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  );
  assert.equal(badLines, 7, 'those with wrong labels are counted under the labels');
});

test('a line that is cut off is not read: digits may be missing', () => {
  const { samples, truncatedLines, errors } = read('a 1\nb 12');
  assert.deepEqual(
    samples.map(({ value }) => value),
    [1],
  );
  assert.equal(truncatedLines, 1);
  assert.deepEqual(errors, ['line 2: cut off within the line, not read: b 12']);
  assert.deepEqual(values(''), []);
  assert.equal(read('a 1\n# EO').truncatedLines, 0);
});

test('errors are listed up to a number, and all counted', () => {
  const { badLines, errors } = read('?\n'.repeat(1000));
  assert.equal(badLines, 1000);
  assert.equal(errors.length, 20);
});

const label = fc.tuple(
  fc.constantFrom('gpu', 'UUID', 'le', '_x', 'Hostname'),
  fc.string({ unit: fc.constantFrom(...'ab "\\\n{},=#\u00e9'), maxLength: 8 }),
);
const blank = fc.constantFrom('', '', '', ' ', '\t', '  ');
const line = (time: fc.Arbitrary<number | undefined>) =>
  fc
    .tuple(
      fc.constantFrom('power', 'power_watts', 'p:q', 'x'),
      fc.option(fc.uniqueArray(label, { maxLength: 4, selector: ([name]) => name }), {
        nil: undefined,
      }),
      fc.oneof(fc.double(), fc.integer()),
      time,
      fc.array(blank, { minLength: 6, maxLength: 6 }),
    )
    .map(([name, labels, value, atMs, b]) => {
      const escaped = (text: string) =>
        text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
      const pairs = labels?.map(([k, v]) => `${b[0]}${k}${b[1]}=${b[2]}"${escaped(v)}"${b[3]}`);
      const number = String(value).replace('Infinity', 'Inf');
      const series = pairs === undefined ? name : `${name}${b[4]}{${pairs.join(',')}}`;
      return `${b[5]}${series} ${number}${atMs === undefined ? '' : ` ${atMs}`}`;
    });
const timedLine = line(fc.option(fc.integer({ min: 0, max: 2 ** 41 }), { nil: undefined }));
const untimedLine = line(fc.constant(undefined));
const noise = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ap{}"\\=, #1.e+N\t\r'), maxLength: 25 }),
  fc.constantFrom('# HELP a b', '', '# EO', 'a', '{'),
);

test('whatever the lines, it reads what the plain reader reads', () => {
  const pages = fc.array(fc.oneof({ weight: 4, arbitrary: timedLine }, noise), { maxLength: 12 });
  fc.assert(
    fc.property(pages, lines => {
      const text = `${lines.join('\n')}\n`;
      const naive = naivePage(text);
      const { samples, errors } = read(text, 'text');
      const expected = naive.samples.filter(({ time }) => isTime(time));
      assert.deepEqual(
        samples.map(({ series, value }) => [series, value]),
        expected.map(({ series, value }) => [series, value]),
      );
      const badTimes = naive.samples.length - expected.length;
      assert.equal(errors.length, naive.badLines.length + badTimes);
    }),
    { numRuns: 3000 },
  );
});

const isTime = (time: string | undefined) =>
  time === undefined || Number.isSafeInteger(Number(time));

test('the same pages through the whole ingest, twice: order expected, values as read', () => {
  const pages = fc.array(fc.array(untimedLine, { maxLength: 8 }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(pages, rounds => {
      const site = newIngestSite({
        binding: () => ({ min: -Infinity, max: Infinity }),
        maps: name => name !== 'x',
      });
      rounds.forEach((lines, round) => {
        const text = `${lines.join('\n')}\n`;
        const atMs = NOW_MS + round;
        const { samples, errors } = site.ingest.page(PAGE_SOURCE, Buffer.from(text), atMs);
        const naive = naivePage(text);
        assert.deepEqual(errors, []);
        assert.equal(samples, naive.samples.length);
        for (const { series, value } of naive.samples) {
          const [name, ...labels] = JSON.parse(series);
          const cell = site.cellOf(name, Object.fromEntries(labels));
          const first = naive.samples.find(s => s.series === series && isKept(s.value));
          if (name === 'x') assert.equal(cell, undefined);
          else if (isKept(value) && first) assert.equal(cell?.value, first.value);
        }
      });
    }),
    { numRuns: 500 },
  );
});

/** Not NaN, and none of the numbers that stand for "no value". */
const isKept = (value: number) =>
  !Number.isNaN(value) &&
  !(Number.isInteger(value) && value >= 0x7ffffff0 && value <= 0x7ffffffc) &&
  !(value > 9e18 && value < Infinity);

test('no bytes throw or hang, and every line is accounted for', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .string({ unit: fc.constantFrom(...'ab{}"\\=,# 1.\n\n\r\t'), maxLength: 300 })
      .map(s => Buffer.from(s)),
  );
  const { ingest } = newIngestSite();
  fc.assert(
    fc.property(bytes, body => {
      const { samples, accepted } = ingest.page(PAGE_SOURCE, body, NOW_MS);
      assert.ok(accepted <= samples);
    }),
    { numRuns: 3000 },
  );
});

const files = existsSync(DATA)
  ? readdirSync(DATA, { recursive: true, encoding: 'utf8' }).filter(name =>
      /\.(prom|metrics)(\.gz)?$|e2e-output\.txt$/.test(name),
    )
  : [];

test('pages of real exporters: every sample that the plain reader finds', {
  skip: files.length === 0 && 'no ../shared/data/exporters beside the repository',
}, () => {
  for (const name of files) {
    const raw = readFileSync(new URL(name, DATA));
    const body = name.endsWith('.gz') ? gunzipSync(raw) : raw;
    const naive = naivePage(body.toString());
    const fast = read(body, 'text');
    assert.ok(naive.samples.length > 0, name);
    assert.deepEqual(
      fast.samples.map(({ series, value }) => [series, value]),
      naive.samples.map(({ series, value }) => [series, value]),
      name,
    );
    assert.equal(fast.errors.length, naive.badLines.length + fast.truncatedLines, name);
    assert.equal(fast.truncatedLines, 0, `${name} ends with a line feed`);
    const { ingest } = newIngestSite();
    for (let round = 0; round < 2; round++) {
      const { samples } = ingest.page(PAGE_SOURCE, body, NOW_MS + round);
      assert.equal(samples, naive.samples.length, name);
    }
  }
});
