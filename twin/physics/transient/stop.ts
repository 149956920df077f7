/** What a caller does to hosts and units of a simulation between two steps. */
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

/** A copy that shares no column with the original. */
export function copyTransient(state: TransientState): TransientState {
  const copied = <T extends object>(columns: T): T =>
    Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [
        name,
        ArrayBuffer.isView(column) ? (column as Float64Array).slice() : column,
      ]),
    ) as T;
  return {
    ...state,
    isDieSettled: state.isDieSettled.slice(),
    gpus: copied(state.gpus),
    hosts: copied(state.hosts),
    racks: copied(state.racks),
    airSupplies: copied(state.airSupplies),
    crahs: copied(state.crahs),
    loops: copied(state.loops),
    chain: copied(state.chain),
    ledger: { ...state.ledger },
  };
}
