/**
 * Who feeds a cell. Two exporters may measure one quantity of one entity (a GPU by dcgm-exporter and
 * by Triton, a host by Redfish and by ipmi_exporter); if both wrote, the value would jump between
 * them. So a cell listens to one rank at a time: to the best that feeds it, and to a lesser one only
 * when the better has been silent for as long as its value counts as current.
 */
import type { SourceHealth } from './contract.ts';
import type { MappingRow } from './mapping.ts';

/** Ranks go from 0, the best, to 254. */
const NOBODY = 255;

/** A BMC read directly is nearer to the sensor than any exporter's page about it. */
export const RANK_OF_READINGS: Readonly<Partial<Record<SourceHealth['kind'], number>>> = {
  redfish: 0,
  ipmitool: 1,
};

const FIRST_OF_MAPPINGS = 2;

/** Mappings rank by their position in the list; stand-in rows come after the others of theirs. */
export const rankOfRow = (mapping: number, row: MappingRow) =>
  FIRST_OF_MAPPINGS + 2 * mapping + (row.standIn ? 1 : 0);

/** A value that counts as current for days (a firmware version) does not keep others away so long. */
const LONGEST_SILENCE_MS = 900_000;

export interface Owners {
  /**
   * Whether a value of this rank and time may go to the cell; the cell is then of this rank.
   * @param staleAfterMs silence after which the owner's value is no longer current
   */
  admits(cell: number, rank: number, atMs: number, staleAfterMs: number): boolean;
  owns(cell: number, rank: number): boolean;
  /** Forgets all, as when cells have other numbers: who writes first then owns. */
  clear(): void;
}

interface OwnedCells {
  timeAt(cell: number): number;
  /** False when the owner's series has ended, or its value has aged. */
  isCurrent(cell: number): boolean;
}

export function createOwners(cells: OwnedCells): Owners {
  let ranks = new Uint8Array(1024).fill(NOBODY);

  function grow(cell: number): void {
    const wider = new Uint8Array(Math.ceil(cell * 1.5) + 1).fill(NOBODY);
    wider.set(ranks);
    ranks = wider;
  }

  /** A better rank takes over with a sample of about now, even one that is itself late. */
  function takesOver(cell: number, rank: number, [atMs, silenceMs]: [number, number]): boolean {
    const cellAtMs = cells.timeAt(cell);
    if (rank < ranks[cell]) return !(atMs + silenceMs < cellAtMs);
    return !(atMs <= cellAtMs + silenceMs) || !cells.isCurrent(cell);
  }

  return {
    admits(cell, rank, atMs, staleAfterMs) {
      if (ranks[cell] === rank) return true;
      if (cell >= ranks.length) grow(cell);
      const silenceMs = Math.min(staleAfterMs, LONGEST_SILENCE_MS);
      const isFree = ranks[cell] === NOBODY;
      if (!isFree && !takesOver(cell, rank, [atMs, silenceMs])) return false;
      ranks[cell] = rank;
      return true;
    },
    owns: (cell, rank) => ranks[cell] === rank,
    clear() {
      ranks = new Uint8Array(1024).fill(NOBODY);
    },
  };
}
