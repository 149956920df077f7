/** What a gang asks for: all of it or nothing. */

/** Pods of one size; the GPUs of a pod stand on one host. */
interface PodGroup {
  readonly count: number;
  readonly gpus: number;
}

export interface GangNeed {
  /** Largest pods first: small ones fill what these leave. */
  readonly groups: readonly PodGroup[];
  /** A host holds at most one pod of the gang. */
  readonly onePerHost: boolean;
  /** pack: the smallest domain that fits; spread: over as many racks and hosts as there are. */
  readonly spread: 'pack' | 'spread';
}

export const gpusOf = (need: GangNeed) =>
  need.groups.reduce((sum, group) => sum + group.count * group.gpus, 0);

/** Pods of `chunk` GPUs that a host with `free` GPUs can hold. */
export function podsIn(free: number, chunk: number, onePerHost: boolean): number {
  if (free < chunk) return 0;
  return onePerHost ? 1 : Math.floor(free / chunk);
}
