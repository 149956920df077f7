/** Samples of one series to intervals, and intervals to longer ones. */

/** Rows `0` to `count - 1`: start of the interval, and what the samples in it come to. */
export class Intervals {
  count = 0;
  times = new Float64Array(0);
  min = new Float64Array(0);
  max = new Float64Array(0);
  mean = new Float64Array(0);
  last = new Float64Array(0);
  counts = new Float64Array(0);

  /** As the columns of a file. */
  get columns(): readonly Float64Array[] {
    return [this.times, this.min, this.max, this.mean, this.last, this.counts];
  }

  /** @param times ascending; a value that is not a number is none */
  fromSamples(times: Float64Array, values: Float64Array, count: number, stepMs: number): void {
    this.room(count);
    let n = -1;
    let [sum, endMs] = [0, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < count; i++) {
      const value = values[i];
      if (Number.isNaN(value)) continue;
      if (times[i] >= endMs) {
        if (n >= 0) this.mean[n] = sum / this.counts[n];
        n++;
        this.begin(n, Math.floor(times[i] / stepMs) * stepMs, value);
        endMs = this.times[n] + stepMs;
        sum = 0;
      }
      sum += value;
      if (value < this.min[n]) this.min[n] = value;
      if (value > this.max[n]) this.max[n] = value;
      this.last[n] = value;
      this.counts[n]++;
    }
    if (n >= 0) this.mean[n] = sum / this.counts[n];
    this.count = n + 1;
  }

  /** @param finer whose intervals fit into these */
  fromIntervals(finer: Intervals, stepMs: number): void {
    this.room(finer.count);
    let n = -1;
    let [sum, endMs] = [0, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < finer.count; i++) {
      if (finer.times[i] >= endMs) {
        if (n >= 0) this.mean[n] = sum / this.counts[n];
        n++;
        this.begin(n, Math.floor(finer.times[i] / stepMs) * stepMs, finer.min[i]);
        endMs = this.times[n] + stepMs;
        sum = 0;
      }
      sum += finer.mean[i] * finer.counts[i];
      if (finer.min[i] < this.min[n]) this.min[n] = finer.min[i];
      if (finer.max[i] > this.max[n]) this.max[n] = finer.max[i];
      this.last[n] = finer.last[i];
      this.counts[n] += finer.counts[i];
    }
    if (n >= 0) this.mean[n] = sum / this.counts[n];
    this.count = n + 1;
  }

  private begin(n: number, atMs: number, value: number) {
    this.times[n] = atMs;
    this.min[n] = value;
    this.max[n] = value;
    this.counts[n] = 0;
  }

  private room(rows: number) {
    if (rows <= this.times.length) return;
    const longer = () => new Float64Array(2 * rows);
    [this.times, this.min, this.max] = [longer(), longer(), longer()];
    [this.mean, this.last, this.counts] = [longer(), longer(), longer()];
  }
}
