/** Label sets are found again by what stands around the name, in whatever order they come. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { bytesOf } from '../../server/ingest/bytes.ts';
import { type KnownLabels, LabelSets } from '../../server/ingest/label-sets.ts';
import { NameFinder } from '../../server/ingest/name-finder.ts';

/** A finder that has found `[name]` in a text. */
function found(text: string): NameFinder {
  const finder = new NameFinder();
  finder.from = text.indexOf('[');
  finder.to = text.indexOf(']') + 1;
  return finder;
}

/** What `LabelSets` says of a text, which it is then told; false where it said anything wrong. */
function isRight(sets: LabelSets, told: Map<string, KnownLabels>, [text, space]: [string, number]) {
  const bytes = bytesOf(Buffer.from(`.${text}.`));
  const rest = `${space} ${text.replace(/\[.*\]/, '')}`;
  const known = sets.find(bytes, [1, 1 + text.length], space, found(`.${text}.`));
  if (known !== undefined) return known === told.get(rest);
  const labels = { labels: { rest }, replica: -1 };
  told.set(rest, labels);
  sets.add(space, labels);
  return true;
}

test('equal but for the name, wherever the name stands: one label set', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '='), maxLength: 40 });
  const text = fc.tuple(part, part, part).map(([a, name, b]) => `${a}[${name}]${b}`);
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.nat(1)), { maxLength: 60 }), list => {
      const sets = new LabelSets(7);
      const told = new Map<string, KnownLabels>();
      // Twice, so that the order of the first time is what is expected the second time.
      for (const each of [...list, ...list]) assert.ok(isRight(sets, told, each), each[0]);
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('in the order of a scrape each set is read once; beyond its room the oldest are read anew', () => {
  const sets = new LabelSets(1);
  const told = new Map<string, KnownLabels>();
  const scrape = (host: number) => {
    for (const name of ['power', 'temp', 'util']) {
      for (let gpu = 0; gpu < 8; gpu++) {
        assert.ok(isRight(sets, told, [`gpu=${gpu},host=h${host},[${name}],job=dcgm`, 0]));
      }
    }
  };
  for (let host = 0; host < 1000; host++) scrape(host);
  assert.equal(told.size, 8000, 'each was told once');
  told.clear();
  scrape(0);
  assert.equal(told.size, 8, 'the first host was forgotten, and is told again');
});
