import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { referenceCells, referenceSite } from '../../server/bench/reference-site.ts';
import { stateHash } from '../../twin/state/hash.ts';
import { MEASURED, MISSING } from '../../twin/state/quality.ts';
import type { State } from '../../twin/state/state.ts';
import { Written } from '../../twin/state/written.ts';
import { KIND_INDEX } from '../../twin/tables/kinds.ts';
import { signalIndex } from '../../twin/tables/signals.ts';

const BLOCK = 4096;
const CELLS = 10 * BLOCK + 7;

test('a copy takes the blocks that have changed at either end, neighbours in one run', () => {
  const from = new Written(CELLS);
  const to = new Written(CELLS);
  assert.deepEqual(to.takeOver(from, CELLS), [[0, CELLS]]);
  assert.deepEqual(to.takeOver(from, CELLS), []);
  for (const cell of [3 * BLOCK, 5 * BLOCK - 1, CELLS - 1]) from.cell(cell);
  to.cell(0);
  assert.deepEqual(to.takeOver(from, CELLS), [
    [0, BLOCK],
    [3 * BLOCK, 5 * BLOCK],
    [10 * BLOCK, CELLS],
  ]);
  assert.deepEqual(to.takeOver(new Written(CELLS), CELLS), [[0, CELLS]]);
});

test('a copy of a copy takes what the copy has taken since', () => {
  const [first, second, third] = [0, 1, 2].map(() => new Written(CELLS));
  second.takeOver(first, CELLS);
  third.takeOver(second, CELLS);
  first.cell(0);
  second.takeOver(first, CELLS);
  assert.deepEqual(third.takeOver(second, CELLS), [[0, BLOCK]]);
});

const { twin, nowMs } = referenceSite('small');
const cells = referenceCells(twin);
const [FAN_SPEED, DECODER, ENCODER] = ['fanSpeedRatio', 'decoderUtilRatio', 'encoderUtilRatio'].map(
  signalIndex,
);
const NEW_SIGNALS = ['eccSbeCount', 'eccDbeCount', 'rowRemapCount', 'throttleRatio'].map(
  signalIndex,
);

const place = fc.nat(cells.length - 1);
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('write' as const), place, value: fc.constantFrom(-0, 0, 1, 7.5) }),
    fc.record({ do: fc.constant('end' as const), place }),
    fc.record({ do: fc.constant('tick' as const), afterS: fc.constantFrom(1, 100, 1000) }),
    fc.record({ do: fc.constant('fork' as const), into: fc.nat(2), of: fc.nat(2) }),
    fc.record({ do: fc.constant('scribble' as const), into: fc.nat(2), place }),
    fc.record({ do: fc.constant('grow' as const), signal: fc.constantFrom(...NEW_SIGNALS) }),
  ),
  { minLength: 5, maxLength: 30 },
);

test('a fork into a pooled state is the state, whatever happened to both before', () => {
  let atMs = nowMs;
  let left = 0;
  const pool: State[] = [twin.state.fork(), twin.state.fork(), twin.state.fork()];
  fc.assert(
    fc.property(steps, list => {
      for (const step of list) {
        if (step.do === 'tick') {
          atMs += 1000 * step.afterS;
          twin.tick(atMs);
        }
        if (step.do === 'write' || step.do === 'end') {
          const cell = cells[step.place];
          const entity = twin.state.entityAt(cell);
          if (step.do === 'write') twin.write(cell, entity, step.value, atMs);
          else twin.markStale(cell, entity);
        }
        if (step.do === 'grow') twin.state.ensureColumn(step.signal, KIND_INDEX.gpu);
        if (step.do === 'scribble') {
          pool[step.into].put(cells[step.place], 3, atMs, 0);
          pool[step.into].ensureColumn(FAN_SPEED, KIND_INDEX.gpu);
        }
        if (step.do !== 'fork') continue;
        const from = step.of === step.into ? twin.state : pool[step.of];
        assert.equal(from.fork(pool[step.into]), pool[step.into]);
        assert.equal(stateHash(pool[step.into]), stateHash(from));
        if (pool[step.into].copiedBytes < from.byteLength) left++;
      }
      for (const each of pool)
        assert.equal(stateHash(twin.state.fork(each)), stateHash(twin.state));
    }),
    { numRuns: 30 },
  );
  assert.ok(left > 20, `only ${left} copies left anything out`);
});

test('a column that is made where another has been is empty in later copies too', () => {
  const copy = twin.state.fork();
  const copyOfCopy = copy.fork();
  const gpu = twin.topology.kindStart[KIND_INDEX.gpu];
  // Far enough behind the last cell of the state itself to be in another block.
  const cellIn = (state: State) =>
    [FAN_SPEED, DECODER, ENCODER].map(signal => state.ensureCell(signal, gpu))[2];
  copy.put(cellIn(copy), 1, nowMs, MEASURED);
  copy.fork(copyOfCopy);
  twin.state.fork(copy);
  assert.equal(copy.quality[cellIn(copy)], MISSING);
  assert.equal(stateHash(copy.fork(copyOfCopy)), stateHash(copy));
});
