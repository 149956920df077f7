/**
 * Parts of sums, on a grid so fine that nobody sees it. Sums of numbers on a grid are exact while
 * they stay below 2^53 of its steps, and so do not depend on the order: a sum of which one part has
 * changed may rise by the difference, and still be bit for bit what a full pass gives.
 */
import type { PlaneId } from '../topology/plane.ts';

/** More than a host can draw, W, and than it can send, B/s. Design choice. */
const HOST_MAX: Readonly<Record<PlaneId, number>> = {
  power: 2 ** 16,
  cooling: 2 ** 16,
  network: 2 ** 40,
};

/**
 * Adding this number and taking it away again rounds to the grid: in its binade, doubles are as far
 * apart as the grid's steps. With 10^5 hosts a step of power is a microwatt.
 */
export function gridOf(plane: PlaneId, hosts: number): number {
  const sumMax = HOST_MAX[plane] * 2 ** Math.ceil(Math.log2(hosts + 1));
  return 1.5 * sumMax;
}

/** @param grid by `gridOf` */
export const partOf = (share: number, amount: number, grid: number) => share * amount + grid - grid;
