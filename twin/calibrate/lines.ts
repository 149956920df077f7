/**
 * Lines of the fidelity board that calibration writes, shared by all models of one signal at one
 * kind: hosts with and without GPUs are one layer, and one sum for their rack.
 */
import type { Board } from '../fidelity/board/board.ts';
import type { Sheet } from '../fidelity/board/sheet.ts';
import type { CalibratedModel } from '../tables/physics/calibrated-row.ts';
import type { Topology } from '../topology/topology.ts';
import { type ContainerSums, clearSums, containerSums, scoreSums } from './sums.ts';

export interface Line {
  readonly key: string;
  readonly horizonS: number;
  readonly sheet: Sheet;
  readonly sums: ContainerSums | undefined;
  /** Beyond 0 s: when what is held is scored, and replaced by what is known then. */
  dueMs: number;
  isDue: boolean;
}

export class Lines {
  readonly #board: Board;
  readonly #topology: Topology;
  readonly #lines = new Map<string, { readonly line: Line; readonly model: CalibratedModel }>();

  constructor(board: Board, topology: Topology) {
    this.#board = board;
    this.#topology = topology;
  }

  /** The lines of a model, in the order of its horizons. */
  of(model: CalibratedModel): readonly Line[] {
    return model.horizonsS.map(horizonS => {
      const { kind, signal } = model;
      const key = `${kind} ${signal} ${horizonS}`;
      const known = this.#lines.get(key);
      if (known) return known.line;
      const line: Line = {
        ...{ key, horizonS, dueMs: Number.NaN, isDue: horizonS === 0 },
        sheet: this.#board.sheet({ kind, signal, horizonS }),
        sums: model.isSummed ? containerSums(this.#topology) : undefined,
      };
      this.#lines.set(key, { line, model });
      return line;
    });
  }

  beginRound(nowMs: number) {
    for (const { line } of this.#lines.values()) {
      if (line.sums) clearSums(line.sums);
      if (line.horizonS === 0) continue;
      line.isDue = !(nowMs < line.dueMs);
      if (line.isDue) line.dueMs = nowMs + 1000 * line.horizonS;
    }
  }

  endRound() {
    for (const { line, model } of this.#lines.values()) {
      const { sums, horizonS } = line;
      if (sums) scoreSums(sums, this.#topology, this.#board, { model, horizonS });
    }
  }
}
