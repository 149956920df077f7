/** What a caller does to hosts and units of a simulation between two steps. */
import type { Parts } from '../../parts.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { TransientState } from './columns.ts';

/** Supplies of a host without power are kept above zero, W: loads are told as parts of it. */
const OFF_RATED_W = 1e-6;

/** A host without power: nothing draws, fans stand still, what is warm cools down. */
export function stopHost({ hosts, gpus }: TransientState, host: number) {
  gpus.targetW.fill(0, hosts.gpuStart[host], hosts.gpuStart[host + 1]);
  hosts.otherW[host] = 0;
  hosts.fanMaxW[host] = 0;
  hosts.psuRatedW[host] = OFF_RATED_W;
  // no fan of the simulation falls below the floor: its airflow does
  const draughtRatio = TRANSIENT.airflowFloorRatio.value / TRANSIENT.fanFloorRatio.value;
  hosts.airflowMaxM3PerS[host] *= draughtRatio;
}

/** A copy that shares no column with the original, which must not be stepped in the pauses. */
export function* copyTransient(state: TransientState): Parts<TransientState> {
  return {
    ...state,
    isDieSettled: state.isDieSettled.slice(),
    gpus: yield* copied(state.gpus),
    hosts: yield* copied(state.hosts),
    racks: yield* copied(state.racks),
    airSupplies: yield* copied(state.airSupplies),
    crahs: yield* copied(state.crahs),
    loops: yield* copied(state.loops),
    chain: yield* copied(state.chain),
    ledger: { ...state.ledger },
  };
}

function* copied<T extends object>(columns: T): Parts<T> {
  const copy: Record<string, unknown> = {};
  for (const [name, column] of Object.entries(columns)) {
    copy[name] = ArrayBuffer.isView(column) ? (column as Float64Array).slice() : column;
    yield;
  }
  return copy as T;
}
