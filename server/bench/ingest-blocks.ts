/** The shapes in which `bench ingest` sends: how streams of series are cut into requests. */
import {
  type Metrics,
  SAMPLES_A_REQUEST,
  type Stream,
  seriesOf,
  writeRequest,
  writeRequestV2,
} from './ingest-load.ts';
import type { Block, Version } from './ingest-sender.ts';

/**
 * steady: one sender, the same requests each round. interleaved: two senders with half of the hosts
 * each, by turns, whose requests begin 2,000 samples after the last and so elsewhere each round.
 * unmapped: as steady, four of five series being of metrics that no mapping row has.
 */
export type Shape = 'steady' | 'interleaved' | 'unmapped';

/** Between two rounds: short, so that a block of several ends before the next one begins. */
const ROUND_MS = 50;

export interface Blocks {
  /** The requests of so many further rounds, their last samples being of now. */
  next(rounds: number, nowMs: number): Block;
}

export function blocksOf(shape: Shape, hosts: readonly string[], version: Version = 1): Blocks {
  const metrics: Metrics = shape === 'unmapped' ? 'mostlyUnmapped' : 'joined';
  if (shape !== 'interleaved') return steadyBlocks({ hosts, metrics }, version);
  const half = (side: number) => hosts.filter((_, i) => i % 2 === side);
  return interleavedBlocks([half(0), half(1)].map(part => ({ hosts: part, metrics })));
}

function steadyBlocks(stream: Stream, version: Version): Blocks {
  const series = seriesOf(stream);
  const encode = version === 1 ? writeRequest : writeRequestV2;
  let firstRound = 0;
  return {
    next(rounds, nowMs) {
      const lastRound = firstRound + rounds - 1;
      const timeOf = (round: number) => nowMs - (lastRound - round) * ROUND_MS;
      const requests: Buffer[] = [];
      for (let round = firstRound; round <= lastRound; round++) {
        for (let at = 0; at < series; at += SAMPLES_A_REQUEST) {
          const count = Math.min(SAMPLES_A_REQUEST, series - at);
          requests.push(encode(stream, round * series + at, count, timeOf));
        }
      }
      firstRound = lastRound + 1;
      return { requests, samples: rounds * series, version };
    },
  };
}

function interleavedBlocks(streams: readonly Stream[]): Blocks {
  const at = streams.map(() => 0);
  return {
    next(rounds, nowMs) {
      const requests: Buffer[] = [];
      const turns = Math.floor((rounds * seriesOf(streams[0])) / SAMPLES_A_REQUEST);
      const lastRound = Math.floor((at[0] + turns * SAMPLES_A_REQUEST) / seriesOf(streams[0]));
      const timeOf = (round: number) => nowMs - (lastRound - round) * ROUND_MS;
      for (let turn = 0; turn < turns; turn++) {
        for (const [i, stream] of streams.entries()) {
          requests.push(writeRequest(stream, at[i], SAMPLES_A_REQUEST, timeOf));
          at[i] += SAMPLES_A_REQUEST;
        }
      }
      return { requests, samples: requests.length * SAMPLES_A_REQUEST, version: 1 };
    },
  };
}
