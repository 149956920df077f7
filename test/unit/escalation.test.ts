/** Which limits are harder than which: outsiders go by it, so table and classes must agree. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { CLASSES, escalationOf, type Kind, LIMITS, type LimitRow } from '../../twin/index.ts';

interface Ranked {
  readonly row: LimitRow;
  readonly kind: Kind;
  readonly escalation: number;
}

const RANKED: ReadonlyMap<string, readonly Ranked[]> = Map.groupBy(
  LIMITS.flatMap(row =>
    row.at.flatMap(kind => {
      const escalation = escalationOf(row, kind);
      return escalation === undefined ? [] : [{ row, kind, escalation }];
    }),
  ),
  ({ row, kind }) => `${kind} ${row.signal} ${row.compare}`,
);

test('limits on one signal in one direction are ranked, one that stands alone is not', () => {
  const byId = (id: string, kind: Kind) =>
    escalationOf(LIMITS.find(row => row.id === id) as LimitRow, kind);
  assert.deepEqual(
    ['inletRecommended', 'inletAllowable'].map(id => byId(id, 'rack')),
    [1, 2],
  );
  assert.equal(byId('inletAllowable', 'host'), undefined, 'alone there');
  assert.equal(byId('inletTooCold', 'host'), undefined, 'the other direction');
  assert.deepEqual(
    ['gpuTempWarn', 'gpuTempAct', 'gpuTempSlowdown'].map(id => byId(id, 'gpu')),
    [1, 2, 3],
  );
  assert.deepEqual(
    ['powerNearLimit', 'rackPower'].map(id => byId(id, 'rack')),
    [1, 2],
  );
});

test('there are three at most, as many as one rule of Alertmanager can silence', () => {
  for (const [what, rows] of RANKED) {
    const ranks = rows.map(({ escalation }) => escalation).sort();
    assert.deepEqual(ranks, [1, 2, 3].slice(0, rows.length), what);
  }
});

const valueIn = ({ id, value, fromClass }: LimitRow, of: (typeof CLASSES)[number]) => {
  const figure = fromClass && of.figures[fromClass.figure]?.value;
  const derived = figure === undefined ? value : figure * (fromClass?.factor ?? 1);
  return of.limits?.[id] ?? (derived === undefined ? undefined : derived + (fromClass?.plus ?? 0));
};

test('in every class of hardware the harder limit is the farther one', () => {
  let compared = 0;
  for (const [what, rows] of RANKED) {
    const plain = rows
      .filter(({ row }) => row.over === undefined)
      .toSorted((a, b) => a.escalation - b.escalation);
    for (const hardware of CLASSES.filter(({ kind }) => kind === rows[0].kind)) {
      const values = plain.flatMap(({ row }) => valueIn(row, hardware) ?? []);
      const outwards = plain[0].row.compare === 'max' ? 1 : -1;
      for (let i = 1; i < values.length; i++) {
        assert.ok(outwards * (values[i] - values[i - 1]) > 0, `${what} of ${hardware.id}`);
        compared++;
      }
    }
  }
  assert.ok(compared > 50, `${compared} pairs`);
});
