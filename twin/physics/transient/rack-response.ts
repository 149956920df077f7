/**
 * How the air and solids of a rack answer one step, worked out once for all racks of a kind whose
 * flows are nearly alike. What is supplied is told apart on a grid of 512 to an octave: 0.1 % at the
 * most, which the caller makes up for in what it drives the air with; what blows through the rack,
 * and with it the coupling of solids, on one of 16 to an octave: 2 %, and the coupling is known far
 * worse than that.
 */
import type { RackKind } from './columns.ts';

/**
 * Of each supply eight numbers: the supply, W/K, `exp(M t)` of the two nodes row by row, and what a
 * constant watt into the air adds to each, K/W. The last is 1 once the row is worked out.
 */
const RESPONSE_SIZE = 8;

/** Bits of a 32-bit float that are below each grid; the lowest of both is 2^-8 W/K. */
const SUPPLY_BITS = 14;
const FLOW_BITS = 19;
const OCTAVES = 32;
const LOWEST = 127 - 8;

/** Part of its own exhaust that a rack breathes at least: without any the roots may be one. */
const OWN_LEAST_RATIO = 1e-3;

const scratch = new Float32Array(1);
const scratchBits = new Int32Array(scratch.buffer);

/** Place on a grid, those below it and beyond it at its ends. */
function placeOf(watts: number, bits: number): number {
  scratch[0] = watts;
  const place = ((scratchBits[0] + (1 << (bits - 1))) >> bits) - (LOWEST << (23 - bits));
  const end = (OCTAVES << (23 - bits)) - 1;
  return place < 0 ? 0 : place < end ? place : end;
}

function atPlace(place: number, bits: number): number {
  scratchBits[0] = (place + (LOWEST << (23 - bits))) << bits;
  return scratch[0];
}

interface RackResponses {
  readonly kind: RackKind;
  readonly dtS: number;
  /** Rows by place of what blows through the rack, each by place of what is supplied of it. */
  readonly ofFlow: (Float64Array | undefined)[];
}

const made = new WeakMap<RackKind, RackResponses>();

/** Those of the last step, where it was as long. */
export function rackResponses(kind: RackKind, dtS: number): RackResponses {
  const last = made.get(kind);
  if (last?.dtS === dtS) return last;
  const responses = { kind, dtS, ofFlow: new Array(OCTAVES << (23 - FLOW_BITS)) };
  made.set(kind, responses);
  return responses;
}

/** @param flow what blows through the rack, W/K */
export function responsesTo({ ofFlow }: RackResponses, flow: number): Float64Array {
  const place = placeOf(flow, FLOW_BITS);
  const known = ofFlow[place];
  if (known) return known;
  const rows = new Float64Array(RESPONSE_SIZE * (OCTAVES << (23 - SUPPLY_BITS)));
  ofFlow[place] = rows;
  return rows;
}

/**
 * @param rows those of the flow
 * @returns first of the eight numbers for heat per kelvin that leaves with the air, W/K
 */
export function rowOf(
  responses: RackResponses,
  rows: Float64Array,
  flow: number,
  supplied: number,
): number {
  const place = placeOf(supplied, SUPPLY_BITS);
  const row = RESPONSE_SIZE * place;
  if (rows[row + RESPONSE_SIZE - 1] === 0) rows.set(workOut(responses, flow, place), row);
  return row;
}

function workOut({ kind, dtS }: RackResponses, flow: number, place: number): number[] {
  // the lowest stands for everything down to a rack without any
  const conductance = place === 0 ? 0 : atPlace(place, SUPPLY_BITS);
  const middleFlow = atPlace(placeOf(flow, FLOW_BITS), FLOW_BITS);
  const h = Math.max(kind.stillCouplingWPerK, kind.couplingRatio * middleFlow);
  const ownH = h * Math.max(OWN_LEAST_RATIO, 1 - conductance / middleFlow);
  const { airJPerK, solidsJPerK } = kind;
  const a = -(conductance + ownH) / airJPerK;
  const b = ownH / airJPerK;
  const c = h / solidsJPerK;
  const middle = (a - c) / 2;
  const root = Math.sqrt(((a + c) / 2) ** 2 + b * c);
  const [fast, slow] = [middle - root, middle + root];
  const [keepFast, keepSlow] = [Math.exp(fast * dtS), Math.exp(slow * dtS)];
  const [runFast, runSlow] = [meanOf(fast, dtS), meanOf(slow, dtS)];
  const width = 2 * root;
  const one = (keepSlow - keepFast) / width;
  return [
    conductance,
    (keepSlow * (a - fast) - keepFast * (a - slow)) / width,
    b * one,
    c * one,
    (keepSlow * (-c - fast) - keepFast * (-c - slow)) / width,
    (runSlow * (a - fast) - runFast * (a - slow)) / (width * airJPerK),
    (c * (runSlow - runFast)) / (width * airJPerK),
    1,
  ];
}

/** Integral of `exp(rate t)` from 0 to `dtS`; `dtS` itself as the rate goes to 0. */
export const meanOf = (rate: number, dtS: number) =>
  Math.abs(rate * dtS) < 1e-12 ? dtS : Math.expm1(rate * dtS) / rate;
