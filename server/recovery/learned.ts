/**
 * What parts of the service have learned from telemetry. It is in every snapshot beside the state,
 * and comes back from the snapshot that a restart, or a look back, begins with.
 */
import type { Logger } from 'pino';

type Encode = () => Promise<Uint8Array<ArrayBuffer>>;

export interface Learned {
  /** What the snapshot holds under this name, once; undefined when it holds nothing. */
  take(name: string): Uint8Array | undefined;
  /** From now on in every snapshot. @param encode makes the bytes, of one instant, and gives them away */
  keep(name: string, encode: Encode): void;
}

/** Bytes of one part, as they stand in a snapshot. */
export interface LearnedPart<Of extends ArrayBufferLike = ArrayBufferLike> {
  readonly name: string;
  readonly bytes: Uint8Array<Of>;
}

export interface LearnedParts extends Learned {
  /** All parts, one after the other: each as of when its turn has come. */
  encoded(): Promise<readonly LearnedPart<ArrayBuffer>[]>;
}

export function createLearned(stored: readonly LearnedPart[], log: Logger): LearnedParts {
  const left = new Map(stored.map(({ name, bytes }) => [name, bytes]));
  const kept = new Map<string, Encode>();
  return {
    take(name) {
      const bytes = left.get(name);
      left.delete(name);
      return bytes;
    },
    keep(name, encode) {
      kept.set(name, encode);
    },
    async encoded() {
      const parts: LearnedPart<ArrayBuffer>[] = [];
      for (const [name, encode] of kept) {
        try {
          parts.push({ name, bytes: await encode() });
        } catch (error) {
          // the state and what others have learned are worth a snapshot without it
          log.error({ err: error, name }, 'what was learned is not in this snapshot');
        }
      }
      return parts;
    },
  };
}
