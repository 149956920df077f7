/** Remote write that is acknowledged only when it is on disk. */
import type { WriteTarget } from '../ingest/receiver.ts';
import { unavailable } from '../ingest/write-answer.ts';
import type { Journal } from '../journal/contract.ts';

const RETRY_AFTER_S = 5;

/**
 * 503 tells the sender to come again with the same data. What was taken in the meantime is then a
 * duplicate, which is acknowledged once the journal has caught up with it.
 */
export function durableWrites(target: WriteTarget, journal: Journal): WriteTarget {
  return {
    refusal: journal.refusal,
    ...(target.answered ? { answered: target.answered } : {}),
    async writeRequest(body, headers, sourceId) {
      const given = await target.writeRequest(body, headers, sourceId);
      const isTaken = given.status === 204 || given.status === 400;
      if (!isTaken || (await journal.durable())) return given;
      return unavailable(journal.refusal() || 'the journal cannot be written', RETRY_AFTER_S);
    },
  };
}
