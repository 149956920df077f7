/** What is fuzzed: how its inputs are made, and what must hold for every one of them. */
import type { Random } from './random.ts';

export interface Target {
  readonly name: string;
  readonly maxBytes: number;
  /** Of seven inputs in eight, where long ones take much longer and tell little more. */
  readonly usualBytes?: number;
  /** Pieces that mean something in the format, for mutations. */
  readonly tokens?: readonly string[];
  /** Valid inputs to begin with. */
  readonly corpus: readonly Buffer[];
  /** A new input that is right, or nearly, in the format; mutated half of the time. */
  generate?(random: Random): Buffer;
  /**
   * Begins anew; called every `EPOCH` inputs, and before a failure is tried alone.
   * @param isCompared whether what is slow about a check is wanted: what a plain decoder makes of it
   */
  reset?(isCompared: boolean): void;
  /** @throws when something that must hold does not */
  check(input: Buffer): void;
}

/** Inputs that share the state of a target, if it has any. */
export const EPOCH = 256;
