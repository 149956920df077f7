/**
 * What parts of the service have learned from telemetry. It is in every snapshot beside the state,
 * and comes back from the snapshot that a restart, or a look back, begins with.
 */
import type { Logger } from 'pino';

export interface Learned {
  /** What the snapshot holds under this name, once; undefined when it holds nothing. */
  take(name: string): Uint8Array | undefined;
  /** From now on in every snapshot. @param encode makes the bytes at once, and gives them away */
  keep(name: string, encode: () => Uint8Array<ArrayBuffer>): void;
}

/** Bytes of one part, as they stand in a snapshot. */
export interface LearnedPart {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface LearnedParts extends Learned {
  /** All parts as of now. */
  encoded(): readonly LearnedPart[];
}

export function createLearned(stored: readonly LearnedPart[], log: Logger): LearnedParts {
  const left = new Map(stored.map(({ name, bytes }) => [name, bytes]));
  const kept = new Map<string, () => Uint8Array<ArrayBuffer>>();
  return {
    take(name) {
      const bytes = left.get(name);
      left.delete(name);
      return bytes;
    },
    keep(name, encode) {
      kept.set(name, encode);
    },
    encoded() {
      return [...kept].flatMap(([name, encode]) => {
        try {
          return [{ name, bytes: encode() }];
        } catch (error) {
          // the state and what others have learned are worth a snapshot without it
          log.error({ err: error, name }, 'what was learned is not in this snapshot');
          return [];
        }
      });
    },
  };
}
