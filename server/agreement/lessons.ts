/** What the comparison has learnt, from a snapshot to the judge of the same plan. */
import type { Logger } from 'pino';
import {
  type Agreement,
  encodeAgreement,
  type Parts,
  restoreAgreement,
  type StoredRefusal,
} from '../../twin/index.ts';

/** Name of the part of a snapshot. */
export const AGREEMENT_PART = 'agreement';

interface Lessons {
  /** Goes on from what is stored, if it is of the same plan. @returns time of its last round */
  teach(agreement: Agreement): Parts<number | undefined>;
  /** Keeps what one has learnt whose plan has changed. */
  put(agreement: Agreement, atMs: number): Parts;
  /** What is stored and has not found its plan yet. */
  waiting(): Uint8Array | undefined;
  /** A block has been learnt from: what is still stored is of no use any more. */
  end(): void;
  dropped(why: StoredRefusal): number;
}

/** @param stored of the snapshot that the service has started from */
export function createLessons(stored: Uint8Array | undefined, log: Logger): Lessons {
  let left = stored && stored.length > 0 ? stored : undefined;
  let detail = '';
  const dropped = new Map<StoredRefusal, number>();

  function drop(why: StoredRefusal) {
    left = undefined;
    dropped.set(why, (dropped.get(why) ?? 0) + 1);
    log.warn({ why, detail }, 'what sensor agreement had learned is dropped: it starts anew');
  }

  return {
    *teach(agreement) {
      if (!left) return undefined;
      const answer = yield* restoreAgreement(agreement, left);
      if (answer.ok) {
        left = undefined;
        const at = new Date(answer.atMs).toISOString();
        log.info({ at }, 'sensor agreement goes on from where it was');
        return answer.atMs;
      }
      detail = answer.detail;
      // sources that have not answered yet bring points: its plan may still come
      if (answer.why !== 'plan') drop(answer.why);
      return undefined;
    },
    *put(agreement, atMs) {
      // before its first block it has nothing worth keeping
      if (agreement.coverage().blocks > 0) left = yield* encodeAgreement(agreement, atMs);
    },
    waiting: () => left,
    end() {
      if (left) drop('plan');
    },
    dropped: why => dropped.get(why) ?? 0,
  };
}
