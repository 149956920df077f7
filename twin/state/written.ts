/**
 * Which blocks of cells have come to be of another quality since a copy was made of them: the next
 * copy into the same place leaves out the rest, nearly all. To tell the same of values would save
 * more, but looking at the value before made each write slower by a sixth or more.
 */

/** Cells of a block, as a power of two. */
const BLOCK_BITS = 12;

/** Cells from the first up to, and without, the second. */
type Run = readonly [from: number, to: number];

export class Written {
  /** Moves on with each copy, out of these cells or into them. */
  #turn = 1;
  /** Turn in which something in each block last changed. */
  readonly #blocks: Uint32Array;
  /** What these cells were last a copy of, and the turn of both at that. */
  #origin: Written | undefined;
  #originTurn = 0;
  #copyTurn = 0;

  /** @param before of the same cells while there was room for fewer */
  constructor(capacity: number, before?: Written) {
    this.#blocks = new Uint32Array((capacity >>> BLOCK_BITS) + 1);
    if (!before) return;
    this.#turn = before.#turn;
    this.#blocks.set(before.#blocks);
  }

  cell(cell: number) {
    this.#blocks[cell >>> BLOCK_BITS] = this.#turn;
  }

  all(firstCell: number, endCell: number) {
    this.#blocks.fill(this.#turn, firstCell >>> BLOCK_BITS, (endCell >>> BLOCK_BITS) + 1);
  }

  /** What of the first cells of `from` must be copied here; takes it that this is done. */
  takeOver(from: Written, cellCount: number): Run[] {
    const runs: Run[] = [];
    const blocks = Math.ceil(cellCount / 2 ** BLOCK_BITS);
    let start = -1;
    for (let b = 0; b <= blocks; b++) {
      const isDue = b < blocks && this.#isDue(from, b);
      if (isDue) this.#blocks[b] = this.#turn;
      if (isDue === start >= 0) continue;
      if (!isDue) runs.push([start << BLOCK_BITS, Math.min(b << BLOCK_BITS, cellCount)]);
      start = isDue ? b : -1;
    }
    this.#origin = from;
    this.#originTurn = from.#turn++;
    this.#copyTurn = this.#turn++;
    return runs;
  }

  #isDue(from: Written, block: number): boolean {
    if (this.#origin !== from) return true;
    return from.#blocks[block] > this.#originTurn || this.#blocks[block] > this.#copyTurn;
  }
}
