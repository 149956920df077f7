/**
 * Since when limits are passed, in the journal: which values pass them follows from the rows, but not
 * since when, as the time a limit has to last goes on while the service is away.
 */
import type { Breach } from '../../twin/index.ts';
import type { Journal } from '../journal/contract.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { StoredBreach } from './snapshot-file.ts';

/** Topic of the notes. */
export const BREACHES = 'breaches';

/** What has changed; `all`: nothing of before holds. */
interface BreachNote {
  readonly all?: true;
  readonly now: readonly StoredBreach[];
  readonly ended: readonly (readonly [limit: string, entity: string])[];
}

/** In one note, so that it stays far below what a record may hold. */
const NOTED_AT_ONCE = 2000;

export function storedBreach(
  { limit, entity, sinceMs, firing, firedAtMs, value }: Breach,
  ids: readonly string[],
): StoredBreach {
  const stored = { limit: limit.row.id, entity: ids[entity], sinceMs, value };
  return firing ? { ...stored, firedAtMs } : stored;
}

/** A breach, and what of it was last noted: it goes on changing itself. */
interface Noted extends Pick<Breach, 'sinceMs' | 'firing'> {
  readonly breach: Breach;
}

/** Notes from now on, after each tick, which breaches began, fired and ended. */
export function noteBreaches(journal: Pick<Journal, 'note'>, live: LiveTwin): void {
  let noted = new Map<number, Noted>();

  function note(changed: readonly Breach[], gone: readonly Breach[], all: boolean) {
    const { ids } = live.twin.topology;
    const now = changed.map(breach => storedBreach(breach, ids));
    const ended = gone.map(({ limit, entity }) => [limit.row.id, ids[entity]] as const);
    for (let at = 0; at === 0 || at < Math.max(now.length, ended.length); at += NOTED_AT_ONCE) {
      const part: BreachNote = {
        ...(all && at === 0 ? { all: true } : {}),
        now: now.slice(at, at + NOTED_AT_ONCE),
        ended: ended.slice(at, at + NOTED_AT_ONCE),
      };
      journal.note(BREACHES, part);
    }
  }

  function follow(all: boolean) {
    const { breaches } = live.twin.judge;
    if (all) noted = new Map();
    const changed = [...breaches].filter(([key, { sinceMs, firing }]) => {
      const was = noted.get(key);
      return was?.sinceMs !== sinceMs || was.firing !== firing;
    });
    const gone = [...noted].filter(([key]) => !breaches.has(key));
    if (all || changed.length + gone.length > 0) {
      note(
        changed.map(([, breach]) => breach),
        gone.map(([, { breach }]) => breach),
        all,
      );
    }
    for (const [key] of gone) noted.delete(key);
    for (const [key, breach] of changed) {
      noted.set(key, { breach, sinceMs: breach.sinceMs, firing: breach.firing });
    }
  }

  live.onTick(() => follow(false));
  live.onGeneration(() => follow(true));
  follow(true);
}

/** Breaches as they stand where reading the journal has come to. */
export class NotedBreaches {
  readonly #standing = new Map<string, StoredBreach>();

  constructor(ofSnapshot: readonly StoredBreach[]) {
    for (const breach of ofSnapshot) this.#put(breach);
  }

  #put(breach: StoredBreach) {
    this.#standing.set(`${breach.limit} ${breach.entity}`, breach);
  }

  take({ all, now, ended }: BreachNote) {
    if (all) this.#standing.clear();
    for (const [limit, entity] of ended) this.#standing.delete(`${limit} ${entity}`);
    for (const breach of now) this.#put(breach);
  }

  get standing(): readonly StoredBreach[] {
    return [...this.#standing.values()];
  }
}
