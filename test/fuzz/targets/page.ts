/**
 * Text pages: the reader beside a plain one; and the whole ingest, which gets each page twice, so
 * that its series are expected the second time.
 */
import assert from 'node:assert/strict';
import type { Bytes } from '../../../server/ingest/bytes.ts';
import { OUTCOMES } from '../../../server/ingest/counters.ts';
import { isRefusal, labelsOfText } from '../../../server/ingest/label-set.ts';
import { NOT_EXPECTED, PageReader } from '../../../server/ingest/text-page.ts';
import {
  type IngestSite,
  NOW_MS,
  newIngestSite,
  PAGE_SOURCE,
  sum,
} from '../../support/ingest-site.ts';
import { naivePage, seriesOf } from '../../support/naive-page.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const NAMES = ['power', 'power_watts', 'p:q', 'u', 'n_x'];
const LABELS = ['gpu', 'UUID', 'le', '_x', 'Hostname'];
const PIECES = ['a', '7', ' ', '\\"', '\\\\', '\\n', '{', '}', ',', '=', '#', '\u00e9', '\\t'];
const NOISE = ['# HELP a b', '# TYPE a counter', '', '# EO', 'a', '{', '# EOF', '<html>', '\r'];

function line(random: Random): string {
  if (random.isOneIn(8)) return random.pick(NOISE);
  const blank = () => (random.isOneIn(6) ? random.pick([' ', '\t', '  ']) : '');
  const text = () => Array.from({ length: random.int(4) }, () => random.pick(PIECES)).join('');
  const label = () => `${blank()}${random.pick(LABELS)}${blank()}=${blank()}"${text()}"${blank()}`;
  const labels = Array.from({ length: random.int(4) }, label);
  const comma = random.isOneIn(10) ? ',' : '';
  const set = random.isOneIn(4) ? '' : `{${labels.join(',')}${labels.length > 0 ? comma : ''}}`;
  const value = random.pick([1, 0.5, -1e300, 12345.678, 'NaN', '+Inf', '1e5', '0']);
  const tail = random.pick(['', '', '', ` ${NOW_MS}`, ' 1.5', ' # {a="b"} 1', '\r', ' -5']);
  return `${blank()}${random.pick(NAMES)}${blank()}${set} ${value}${tail}`;
}

function page(random: Random): Buffer {
  const lines = Array.from({ length: random.length(12) }, () => line(random));
  if (random.isOneIn(4)) lines.push('# EOF');
  return Buffer.from(lines.join('\n') + (random.isOneIn(6) ? '' : '\n'));
}

const LIMITS = { maxLabels: 1000, maxLabelBytes: 100_000 };
let samples: { series: string; value: number; atMs: number }[] = [];
let series = '';
const reader = new PageReader({
  expect: () => NOT_EXPECTED,
  name: () => true,
  series({ buffer }: Bytes, start, end) {
    const set = labelsOfText(buffer.subarray(start, end), LIMITS);
    if (isRefusal(set)) return set.text;
    series = seriesOf(set.name, set.labels);
    return undefined;
  },
  sample: (value, atMs) => samples.push({ series, value, atMs }),
});

/** Names in quotes within the braces are beyond the plain reader. */
const hasQuotedName = (text: string) => /[{,][ \t]*"/.test(text);
const isTime = (time: string | undefined) =>
  time === undefined || Number.isSafeInteger(Number(time));

function compare(input: Buffer): void {
  const text = input.toString('utf8');
  samples = [];
  const { errors, truncatedLines } = reader.read(input, NOW_MS, 'text');
  if (hasQuotedName(text)) return;
  const naive = naivePage(text);
  const expected = naive.samples.filter(({ time }) => isTime(time));
  assert.deepEqual(
    samples.map(sample => [sample.series, sample.value]),
    expected.map(sample => [sample.series, sample.value]),
  );
  const bad = naive.badLines.length + naive.samples.length - expected.length + truncatedLines;
  assert.equal(errors.length, Math.min(20, bad));
}

let site: IngestSite;

function ingestTwice(input: Buffer): void {
  site.clock.nowMs += 1000;
  const [first, second] = [0, 1].map(() => {
    const before = site.ingest.counts();
    const result = site.ingest.page(PAGE_SOURCE, input, site.clock.nowMs);
    const after = site.ingest.counts();
    assert.equal(sum(after, OUTCOMES) - sum(before, OUTCOMES), result.samples);
    const bad = (after.badLine ?? 0) - (before.badLine ?? 0);
    return { samples: result.samples, bad, errors: result.errors };
  });
  assert.deepEqual(second, first, 'the page is read in another way when it is expected');
}

export const pageTarget: Target = {
  name: 'page',
  maxBytes: 2000,
  tokens: [
    ...['{', '}', '"', '\\', '\n', '\r\n', '# EOF\n', ',', '=', ' ', '\t', '{"', 'power', 'u 1\n'],
    ...['{a="', '"} 1\n', 'NaN', '+Inf', '1e999', '# {', '\ufeff', '\0', 'power{gpu="1"} 5\n'],
  ],
  corpus: [
    '# HELP power W\n# TYPE power gauge\npower{gpu="0",UUID="a"} 1.5\npower{gpu="1"} 2 1760000000000\n',
    'u 1\nn_x{le="+Inf"} 3 # {trace_id="a"} 1 1.5\n# EOF\n',
    'p:q{_x="\\"\\\\\\n"} NaN\r\n\r\n{"g.h",x="1"} 7\npower 1\npower 2\npower 3',
  ].map(text => Buffer.from(text)),
  generate: page,
  reset() {
    const maps = (name: string) => name !== 'u';
    site = newIngestSite({ maps, binding: name => (name === 'n_x' ? null : {}) });
  },
  check(input) {
    compare(input);
    ingestTwice(input);
  },
};
