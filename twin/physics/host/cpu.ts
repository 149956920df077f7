/** CPU time taken by others, and memory that is further away. */
import { HOST } from '../../tables/physics/host.ts';

/**
 * Part of the time that virtual CPUs want to run and may not, fluid model: `max(0, 1 - 1/(l u))`.
 * Without bursts nothing is stolen until the wish exceeds the cores; bursts add to it.
 * @param oversubscription virtual CPUs for each core
 * @param utilRatio mean part of the time that a virtual CPU wants to run, 0-1
 * @throws RangeError if a figure is out of range
 */
export function stealRatio(oversubscription: number, utilRatio: number): number {
  if (!(oversubscription > 0 && Number.isFinite(oversubscription))) {
    throw new RangeError(`oversubscription: ${oversubscription}; it must be positive`);
  }
  if (!(utilRatio >= 0 && utilRatio <= 1)) throw new RangeError(`utilRatio: ${utilRatio}, not 0-1`);
  const wanted = oversubscription * utilRatio;
  return wanted <= 1 ? 0 : 1 - 1 / wanted;
}

interface MemoryAccess {
  /** Part of the accesses that go to the remote domain, 0-1. */
  readonly remoteRatio: number;
  /** Distance of the remote domain as firmware gives it: 12 on the same socket, 21 the other. */
  readonly distance: number;
  /** Measured read of local and of remote memory, s; they win over the distance. */
  readonly localReadS?: number;
  readonly remoteReadS?: number;
}

/**
 * Mean time of a read, s: local and remote by their parts; remote is local times distance over ten
 * where nothing was measured.
 * @throws RangeError if a figure is out of range
 */
export function memoryReadS(access: MemoryAccess): number {
  const { remoteRatio, distance, localReadS = HOST.localReadS.value } = access;
  const { localDistance } = HOST;
  if (!(remoteRatio >= 0 && remoteRatio <= 1)) throw new RangeError(`remoteRatio: ${remoteRatio}`);
  if (!(distance >= localDistance.value)) {
    throw new RangeError(`distance: ${distance}; ${localDistance.value} is local, others are more`);
  }
  const remoteReadS = access.remoteReadS ?? (localReadS * distance) / localDistance.value;
  return (1 - remoteRatio) * localReadS + remoteRatio * remoteReadS;
}

/**
 * Speed of memory-bound work beside the same with all memory local, 0-1.
 * @param memoryBoundRatio part of its time that it waits for memory, 0-1
 * @throws RangeError if a figure is out of range
 */
export function numaSpeedRatio(access: MemoryAccess, memoryBoundRatio: number): number {
  if (!(memoryBoundRatio >= 0 && memoryBoundRatio <= 1)) {
    throw new RangeError(`memoryBoundRatio: ${memoryBoundRatio}, not 0-1`);
  }
  const slower = memoryReadS(access) / memoryReadS({ ...access, remoteRatio: 0 });
  return 1 / (1 - memoryBoundRatio + memoryBoundRatio * slower);
}
