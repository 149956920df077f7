/** Small sets of dense indices whose storage is kept between questions. */

/** Indices waiting to be worked on, the largest first; each waits once. */
export class Waiting {
  readonly #isWaiting: Uint8Array;
  /** Ascending. A change touches tens of indices, so an insertion is cheaper than a heap. */
  readonly #items: number[] = [];

  constructor(count: number) {
    this.#isWaiting = new Uint8Array(count);
  }

  get size(): number {
    return this.#items.length;
  }

  add(index: number) {
    if (this.#isWaiting[index] === 1) return;
    this.#isWaiting[index] = 1;
    const items = this.#items;
    let at = items.length;
    items.push(index);
    for (; at > 0 && items[at - 1] > index; at--) items[at] = items[at - 1];
    items[at] = index;
  }

  /** Takes the largest; only while `size` is above 0. */
  takeLargest(): number {
    const index = this.#items.pop() as number;
    this.#isWaiting[index] = 0;
    return index;
  }
}

/** Indices in the order in which they were first added; the latest can be taken back. */
export class Touched {
  readonly #has: Uint8Array;
  readonly list: number[] = [];

  constructor(count: number) {
    this.#has = new Uint8Array(count);
  }

  has(index: number): boolean {
    return this.#has[index] === 1;
  }

  add(index: number) {
    if (this.#has[index] === 1) return;
    this.#has[index] = 1;
    this.list.push(index);
  }

  /** Takes back all but the first `length`. */
  shrinkTo(length: number) {
    while (this.list.length > length) this.#has[this.list.pop() as number] = 0;
  }
}
