/**
 * Which parts of our code an input reaches, by the coverage counters of V8. Reading them takes far
 * longer than most inputs, so it is done for the first ones only, to find good ones to mutate.
 */
import { type Profiler, Session } from 'node:inspector';

interface Coverage {
  /** Characters of source reached for the first time since the last call. */
  takeNew(): number;
  stop(): void;
}

const isOurs = (url: string) => /\/(?:server|twin)\//.test(url) && !url.includes('/node_modules/');

export function startCoverage(): Coverage {
  const session = new Session();
  session.connect();
  // In the same thread the answer comes before `post` returns.
  const take = () => {
    let scripts: Profiler.ScriptCoverage[] = [];
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      scripts = result;
    });
    return scripts;
  };
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const reached = new Map<string, Uint8Array>();
  return {
    takeNew() {
      let count = 0;
      for (const { url, functions } of take()) {
        if (!isOurs(url)) continue;
        for (const { ranges } of functions) count += newIn(url, ranges, reached);
      }
      return count;
    },
    stop() {
      session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

/** Ranges are nested, outer ones first; the innermost tells whether a character was reached. */
function newIn(
  url: string,
  ranges: readonly Profiler.CoverageRange[],
  reached: Map<string, Uint8Array>,
): number {
  const [{ startOffset, endOffset, count }] = ranges;
  if (count === 0) return 0;
  const key = `${url}:${startOffset}`;
  const now = new Uint8Array(endOffset - startOffset);
  for (const range of ranges) {
    const isReached = range.count > 0 ? 1 : 0;
    now.fill(isReached, range.startOffset - startOffset, range.endOffset - startOffset);
  }
  const known = reached.get(key) ?? new Uint8Array(now.length);
  let fresh = 0;
  for (let i = 0; i < now.length; i++) if (now[i] > known[i]) fresh += known[i] = 1;
  reached.set(key, known);
  return fresh;
}
