/** The scrape benchmark in its two sizes. */
import type { BenchResult, BenchSize } from './result.ts';
import { benchScrape, DEFAULT_SCRAPE } from './scrape.ts';

export async function benchScrapeSized(size: BenchSize): Promise<BenchResult> {
  const small = { ...DEFAULT_SCRAPE, hosts: 4, timings: 3, roundsATiming: 2 };
  return benchScrape(size === 'small' ? small : DEFAULT_SCRAPE);
}
