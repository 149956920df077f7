/**
 * How the air and solids of a rack answer one step, worked out once for all racks of a kind whose
 * flows are nearly alike. Flows are told apart on a grid of 512 to an octave: 0.1 % at the most,
 * which the caller makes up for in what it drives the air with.
 */
import type { RackKind } from './columns.ts';

/**
 * Of each flow eight numbers: the flow, W/K, `exp(M t)` of the two nodes row by row, and what a
 * constant watt into the air adds to each, K/W. The last is unused.
 */
export const RESPONSE_SIZE = 8;

/** Bits of a 32-bit float that are below the grid; its lowest flow but 0 is 2^-8 W/K. */
const BELOW_BITS = 14;
const LOWEST = (127 - 8) << (23 - BELOW_BITS);
const FLOWS = 32 << (23 - BELOW_BITS);

const scratch = new Float32Array(1);
const scratchBits = new Int32Array(scratch.buffer);

export interface RackResponses {
  readonly kind: RackKind;
  readonly dtS: number;
  readonly rows: Float64Array;
  readonly isKnown: Uint8Array;
}

const made = new WeakMap<RackKind, RackResponses>();

/** Those of the last step, where it was as long. */
export function rackResponses(kind: RackKind, dtS: number): RackResponses {
  const last = made.get(kind);
  if (last?.dtS === dtS) return last;
  const rows = last?.rows ?? new Float64Array(RESPONSE_SIZE * FLOWS);
  const isKnown = last?.isKnown.fill(0) ?? new Uint8Array(FLOWS);
  const responses = { kind, dtS, rows, isKnown };
  made.set(kind, responses);
  return responses;
}

/** Place of the answer among the rows, for heat per kelvin that leaves with the air, W/K. */
export function responseAt(responses: RackResponses, conductance: number): number {
  scratch[0] = conductance;
  const place = ((scratchBits[0] + (1 << (BELOW_BITS - 1))) >> BELOW_BITS) - LOWEST;
  const at = place < 0 ? 0 : place < FLOWS ? place : FLOWS - 1;
  if (responses.isKnown[at] === 0) workOut(responses, at);
  return RESPONSE_SIZE * at;
}

function workOut({ kind, dtS, rows, isKnown }: RackResponses, place: number) {
  isKnown[place] = 1;
  scratchBits[0] = (place + LOWEST) << BELOW_BITS;
  // the lowest stands for everything down to a rack without any
  const conductance = place === 0 ? 0 : scratch[0];
  const { airJPerK, solidsJPerK, couplingWPerK: h } = kind;
  const a = -(conductance + h) / airJPerK;
  const b = h / airJPerK;
  const c = h / solidsJPerK;
  const middle = (a - c) / 2;
  const root = Math.sqrt(((a + c) / 2) ** 2 + b * c);
  const [fast, slow] = [middle - root, middle + root];
  const [keepFast, keepSlow] = [Math.exp(fast * dtS), Math.exp(slow * dtS)];
  const [runFast, runSlow] = [meanOf(fast, dtS), meanOf(slow, dtS)];
  const width = 2 * root;
  const one = (keepSlow - keepFast) / width;
  rows.set(
    [
      conductance,
      (keepSlow * (a - fast) - keepFast * (a - slow)) / width,
      b * one,
      c * one,
      (keepSlow * (-c - fast) - keepFast * (-c - slow)) / width,
      (runSlow * (a - fast) - runFast * (a - slow)) / (width * airJPerK),
      (c * (runSlow - runFast)) / (width * airJPerK),
    ],
    RESPONSE_SIZE * place,
  );
}

/** Integral of `exp(rate t)` from 0 to `dtS`; `dtS` itself as the rate goes to 0. */
export const meanOf = (rate: number, dtS: number) =>
  Math.abs(rate * dtS) < 1e-12 ? dtS : Math.expm1(rate * dtS) / rate;
