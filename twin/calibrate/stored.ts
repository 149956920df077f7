/**
 * Calibration and fidelity board as bytes, and back. Entities are told by hashes of their ids, so
 * that what was learned survives a change of the inventory; of a class that changed it does not.
 */

import type { BoardKey } from '../fidelity/board/board.ts';
import { DRIFT_FIELDS, type Drift } from '../fidelity/board/drift.ts';
import { newSheetState, SHEET_SUMS, type SheetState } from '../fidelity/board/sheet.ts';
import { atOnce, type Parts } from '../parts.ts';
import { type Column, decodeSections, encodeSections } from '../state/sections.ts';
import { idHashes } from '../topology/id-hashes.ts';
import { type Calibration, classNameAt } from './calibration.ts';
import { STORED_COLUMNS } from './columns.ts';
import type { ModelRun } from './model-run.ts';
import { OUTCOMES } from './outcome.ts';

/** 'OCAL' in memory order. */
const FORMAT = { magic: 0x4c41434f, version: 1 };

interface StoredModel {
  readonly id: string;
  readonly parameters: readonly string[];
  readonly classes: readonly string[];
  readonly count: number;
}

interface Head {
  readonly atMs: number;
  readonly models: readonly StoredModel[];
  readonly lines: readonly BoardKey[];
  readonly sums: readonly string[];
  readonly outcomes: readonly string[];
}

interface Restoration {
  /** When the bytes were made, epoch ms. */
  readonly atMs: number;
  /** Entities whose parameters came back, and those that are gone, of another class or unknown. */
  readonly restored: number;
  readonly left: number;
}

/** No round may begin before the last part is done. */
export function* encodeCalibration(
  calibration: Calibration,
  atMs: number,
): Parts<Uint8Array<ArrayBuffer>> {
  const { runs, board } = calibration;
  const lines = board.sheets();
  const head: Head = {
    atMs,
    models: runs.map(({ model, priors, count }) => ({
      id: model.id,
      parameters: model.parameters.map(({ id }) => id),
      classes: priors.names,
      count,
    })),
    lines: lines.map(({ key }) => key),
    sums: [...SHEET_SUMS, ...DRIFT_FIELDS],
    outcomes: OUTCOMES,
  };
  const ofModels: Column[] = [];
  for (const run of runs) {
    const kept = STORED_COLUMNS.map(name => run.columns[name]);
    ofModels.push(run.outcomes, ...(yield* hashesOf(run)), run.columns.prior, ...kept);
  }
  const ofLines = lines.flatMap(({ sheet: { state } }): Column[] => [
    state.sums,
    state.bins,
    sheetNumbers(state),
  ]);
  return yield* encodeSections(FORMAT, { head, columns: [...ofModels, ...ofLines] });
}

/**
 * Puts stored bytes into a fresh calibration.
 * @throws RangeError when the bytes are damaged or of another version
 */
export function restoreCalibration(calibration: Calibration, bytes: Uint8Array): Restoration {
  const { head, columns } = atOnce(decodeSections<Head>(FORMAT, bytes));
  const rest = [...columns];
  let restored = 0;
  let stored = 0;
  for (const model of head.models) {
    const [outcomes, high, low, prior, ...values] = rest.splice(0, 4 + STORED_COLUMNS.length);
    stored += model.count;
    const run = runFor(calibration, model);
    if (!run) continue;
    if (head.outcomes.join() === OUTCOMES.join()) run.outcomes.set(outcomes);
    restored += putBack(run, model, { high, low, prior, values });
  }
  const isSameSums = head.sums.join() === [...SHEET_SUMS, ...DRIFT_FIELDS].join();
  for (const key of head.lines) {
    const [sums, bins, numbers] = rest.splice(0, 3) as Float64Array[];
    const state = newSheetState();
    if (!isSameSums || bins.length !== state.bins.length) continue;
    state.sums.set(sums);
    state.bins.set(bins);
    setSheetNumbers(state, numbers);
    calibration.board.sheet(key).restore(state);
  }
  calibration.pool();
  return { atMs: head.atMs, restored, left: stored - restored };
}

const hashesOf = ({ topology, firstEntity, count }: ModelRun) =>
  idHashes(topology, firstEntity, count);

function runFor(calibration: Calibration, stored: StoredModel): ModelRun | undefined {
  const model = calibration.models.find(({ id }) => id === stored.id);
  const isSame = model?.parameters.map(({ id }) => id).join() === stored.parameters.join();
  return model && isSame ? calibration.runOf(model) : undefined;
}

interface StoredColumns {
  readonly high: Column;
  readonly low: Column;
  readonly prior: Column;
  readonly values: readonly Column[];
}

function putBack(run: ModelRun, stored: StoredModel, of: StoredColumns): number {
  const places = new Map<string, number>();
  for (let i = 0; i < stored.count; i++) places.set(`${of.high[i]} ${of.low[i]}`, i);
  const [high, low] = atOnce(hashesOf(run));
  let count = 0;
  for (let i = 0; i < run.count; i++) {
    const from = places.get(`${high[i]} ${low[i]}`);
    if (from === undefined || stored.classes[of.prior[from]] !== classNameAt(run, i)) continue;
    if (run.columns.prior[i] < 0) continue;
    STORED_COLUMNS.forEach((name, c) => {
      const width = run.columns[name].length / run.count;
      const column = of.values[c];
      for (let j = 0; j < width; j++) run.columns[name][i * width + j] = column[from * width + j];
    });
    count++;
  }
  return count;
}

const driftNumbers = (drift: Drift) => DRIFT_FIELDS.map(field => drift[field]);

const sheetNumbers = ({ bias, size, count, lastMs, rounds }: SheetState) =>
  Float64Array.from([...driftNumbers(bias), ...driftNumbers(size), count, lastMs, rounds]);

function setSheetNumbers(state: SheetState, numbers: Float64Array) {
  const width = DRIFT_FIELDS.length;
  setDrift(state.bias, numbers.subarray(0, width));
  setDrift(state.size, numbers.subarray(width, 2 * width));
  [state.count, state.lastMs, state.rounds = 0] = numbers.subarray(2 * width);
}

function setDrift(drift: Drift, numbers: Float64Array) {
  DRIFT_FIELDS.forEach((field, i) => {
    drift[field] = numbers[i];
  });
}
