/**
 * Tells an input without an end from a run that stands still: only time that the processor spent
 * on it counts, so a process that was stopped, or had to wait for others, is none.
 */
interface HangWatch {
  /**
   * @param inputs begun so far
   * @param cpuMs what the process has used so far
   * @returns whether the one under way has had more than it may
   */
  look(inputs: number, cpuMs: number): boolean;
}

export function createHangWatch(maxMs: number): HangWatch {
  let last = -1;
  let sinceMs = 0;
  return {
    look(inputs, cpuMs) {
      if (inputs !== last) sinceMs = cpuMs;
      last = inputs;
      return cpuMs - sinceMs > maxMs;
    },
  };
}
