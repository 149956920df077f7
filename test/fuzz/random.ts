/** Small fast random numbers that a seed fixes (sfc32, Chris Doty-Humphrey). */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number, stream = 0) {
    this.a = seed | 0;
    this.b = stream | 0;
    this.c = 0x9e3779b9;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 bits, unsigned. */
  next(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** From 0 to `count - 1`. */
  int(count: number): number {
    return Math.floor((this.next() / 2 ** 32) * count);
  }

  isOneIn(count: number): boolean {
    return this.int(count) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(from.length)];
  }

  /** Mostly short, now and then long: lengths of slices and of texts. */
  length(max: number): number {
    return this.int(1 + Math.min(max, 2 ** this.int(1 + Math.ceil(Math.log2(max + 1)))));
  }
}
