/**
 * Remote write through the whole ingest, beside plain readers and a plain ingest: every sample has
 * the outcome that it ought to have, and the cells hold what they ought to hold.
 */
import assert from 'node:assert/strict';
import { OUTCOMES } from '../../../server/ingest/counters.ts';
import {
  encodeWriteV1,
  encodeWriteV2,
  type SeriesToWrite,
} from '../../../server/remote-write/write-encoder.ts';
import { type IngestSite, NOW_MS, newIngestSite } from '../../support/ingest-site.ts';
import { cellKey, MERGED, NaiveIngest, type NaiveOutcome } from '../naive-ingest.ts';
import { type NaiveWrite, naiveWriteV1, naiveWriteV2 } from '../naive-write.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
const V2 = { ...V1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' };
const LIMITS = { maxLabels: 6, maxLabelBytes: 60, maxAheadMs: 60_000 };

const NAMES = ['w', 'w', 'w', 'w_long_name_of_a_metric', 'u', 'u_other', 'n', ''];
const LABELS = ['gpu', 'Hostname', 'a', 'b', '__proto__', '', '__name__'];
const TEXTS = ['0', '1', 'u', 'w', '', 'host-1', '\u00e9', 'x'.repeat(70)];
const VALUES = [0, 1, 250.5, -1, 1e13, 1e9, Number.NaN, Infinity, -Infinity, 2147483632, 1e19];
const TIMES = [0, -1, 1e15, 2 ** 53, -(2 ** 62), 9_214_646_400_000, NOW_MS - 7_200_000];

function series(random: Random): SeriesToWrite {
  const labels = Array.from({ length: random.int(4) }, () => {
    // Strange names are rare enough that most series are whole.
    const name = random.pick(random.isOneIn(12) ? LABELS : LABELS.slice(0, 4));
    return [name, random.pick(TEXTS)] as const;
  });
  const name = ['__name__', random.pick(NAMES)] as const;
  const atMs = () =>
    random.isOneIn(8) ? random.pick(TIMES) : NOW_MS + 1000 * random.int(300) + random.int(2);
  const value = () => (random.isOneIn(10) ? ('stale' as const) : random.pick(VALUES));
  return {
    labels: random.isOneIn(10) ? [...labels, name] : [name, ...labels],
    samples: Array.from({ length: random.length(4) }, () => ({ value: value(), atMs: atMs() })),
    histograms: random.isOneIn(10) ? 1 : 0,
    exemplars: random.isOneIn(10) ? 1 : 0,
  };
}

const many = (random: Random) => Array.from({ length: random.length(8) }, () => series(random));

/** A block of one literal: what is fuzzed here is inside. */
function block(bytes: Buffer): Buffer {
  const size: number[] = [];
  for (let left = bytes.length; ; left >>>= 7) {
    size.push(left < 0x80 ? left : (left & 0x7f) | 0x80);
    if (left < 0x80) break;
  }
  if (bytes.length === 0) return Buffer.from(size);
  const tag = Buffer.from([62 << 2, 0, 0, 0]);
  tag.writeUIntLE(bytes.length - 1, 1, 3);
  return Buffer.concat([Buffer.from(size), tag, bytes]);
}

interface Version {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  encode(series: readonly SeriesToWrite[]): Buffer;
  read(message: Buffer): NaiveWrite;
}

function writeTarget({ name, headers, encode, read }: Version): Target {
  let site: IngestSite;
  /** Undefined where nothing is compared. */
  let naive: NaiveIngest | undefined;
  let counts: Counts;
  const seeds = new Array(4).fill(0).map((_, i) => ({
    labels: [['__name__', 'w'] as const, ['gpu', String(i)] as const],
    samples: [{ value: i, atMs: NOW_MS + i }],
  }));
  return {
    name,
    maxBytes: 2000,
    tokens: ['\x0a', '\x12', '\x1a', '\x22', '\x2a', '\x0a\x08__name__', '\x12\x01w', '\x10\x80'],
    corpus: [[], seeds.slice(0, 1), seeds].map(encode),
    generate: random => encode(many(random)),
    reset(isCompared) {
      const maps = (metric: string) => !metric.startsWith('u');
      const binding = (metric: string) => (metric.startsWith('n') ? null : {});
      site = newIngestSite({ maps, binding, limits: LIMITS });
      naive = isCompared ? new NaiveIngest(LIMITS) : undefined;
      counts = {};
    },
    check(input) {
      const body = block(input);
      const write = naive && read(input);
      const first = once(body, write);
      // Again, in the order of last time: what is expected is found another way.
      const second = once(body, write);
      assert.equal(total(second), total(first), 'sent again, it has another number of samples');
      for (const part of PARTS) assert.equal(second[part] ?? 0, first[part] ?? 0, part);
    },
  };

  /** @returns what it added to the counts */
  function once(body: Buffer, write: NaiveWrite | undefined): Counts {
    site.clock.nowMs += 1000;
    const before = counts;
    const { status, message } = site.ingest.writeRequest(body, headers, 'a');
    counts = site.ingest.counts();
    const gained: Record<string, number> = {};
    for (const reason of Object.keys(counts)) {
      const more = counts[reason] - (before[reason] ?? 0);
      if (more !== 0) gained[reason] = more;
    }
    assert.equal(status, REFUSED.some(reason => gained[reason] > 0) ? 400 : 204, message);
    if (naive && write) compare(write, gained, naive);
    return gained;
  }

  function compare(write: NaiveWrite, gained: Counts, naive: NaiveIngest): void {
    compareCounts(write, naive.take(write, site.clock.nowMs), gained);
    assert.equal(gained.malformed ?? 0, write.brokenSeries + (write.ok ? 0 : 1));
    assert.equal(gained.nativeHistogram ?? 0, write.histograms);
    assert.equal(gained.exemplar ?? 0, write.exemplars);
    compareCells(write, site, naive);
  }
}

type Counts = Readonly<Record<string, number>>;

/** What the bytes alone decide. */
const PARTS = ['malformed', 'nativeHistogram', 'exemplar'];
const REFUSED = [
  ...['badLabels', 'labelTooLong', 'tooManyLabels', 'seriesLimit', 'future', 'tooOld'],
  ...['nativeHistogram', 'malformed'],
];

const total = (gained: Counts) =>
  OUTCOMES.reduce((all, outcome) => all + (gained[outcome] ?? 0), 0);

function compareCounts(
  write: NaiveWrite,
  expected: ReadonlyMap<NaiveOutcome, number>,
  gained: Counts,
): void {
  const samples = write.series.reduce((all, one) => all + one.samples.length, 0);
  assert.equal(total(gained), samples, 'not every sample has one outcome');
  for (const [outcome, count] of expected) {
    const reasons = MERGED[outcome] ?? [outcome];
    const got = reasons.reduce((all, reason) => all + (gained[reason] ?? 0), 0);
    assert.equal(got, count, outcome);
  }
}

function compareCells({ series }: NaiveWrite, site: IngestSite, naive: NaiveIngest): void {
  for (const { labels = [] } of series) {
    const texts = labels.map(([n, v]) => [n.toString(), v.toString()] as const);
    const name = texts.find(([n]) => n === '__name__')?.[1] ?? '';
    const rest = texts.filter(([n]) => n !== '__name__');
    // As entries, since one of the labels may be `__proto__`.
    const set = Object.fromEntries(rest);
    const cell = naive.cells.get(cellKey(name, set));
    assert.deepEqual(site.cellOf(name, set), cell, `cell of ${name} ${JSON.stringify(rest)}`);
  }
}

export const writeV1Target = writeTarget({
  ...{ name: 'write1', headers: V1, encode: encodeWriteV1, read: naiveWriteV1 },
});
export const writeV2Target = writeTarget({
  ...{ name: 'write2', headers: V2, encode: encodeWriteV2, read: naiveWriteV2 },
});
