/** The floor as text: one row a rack, for screen readers and for whoever prefers a table. */
import { useApp } from '../app-context.ts';
import { clockSpeed, useTick } from '../clock.ts';
import { ratioText, signalOf, titleOf } from '../format.ts';
import { readingAt } from '../live/columns.ts';
import { hrefTo } from '../navigate.ts';
import { Age } from '../parts/quality-mark.tsx';
import { Value } from '../parts/value.tsx';
import { qualityOf } from '../quality.ts';
import { useStore } from '../store.ts';
import { canRelate } from './signals.ts';
import type { FloorLive } from './use-floor.ts';

/** A table of more rows than this stalls the browser; the search finds the others. */
const MAX_ROWS = 500;

interface FloorTableProps {
  readonly live: FloorLive;
  readonly signal: string;
}

export function FloorTable({ live, signal }: FloorTableProps) {
  useTick();
  const { floor } = useApp();
  const limits = useStore(live.limits);
  const now = { ms: Date.now(), speed: clockSpeed() };
  const staleAfterS = signalOf(signal)?.staleAfterS ?? Number.POSITIVE_INFINITY;
  const shown = floor.racks.slice(0, MAX_ROWS);
  return (
    <div class="floor-table">
      <table>
        <caption>
          {titleOf(signal)} of each rack
          {floor.racks.length > MAX_ROWS && `: the first ${MAX_ROWS} of ${floor.racks.length}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Rack</th>
            <th scope="col">In</th>
            <th scope="col" class="number">
              {titleOf(signal)}
            </th>
            <th scope="col" class="number">
              Limit
            </th>
            <th scope="col" class="number">
              Of limit
            </th>
            <th scope="col">Quality, age</th>
            <th scope="col" class="number">
              GPUs free
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((rack, slot) => {
            const reading = readingAt(live.columns, signal, slot, now);
            const limit = limits.values[slot];
            const free = readingAt(live.columns, 'gpusFreeCount', slot, now);
            return (
              <tr key={rack.id}>
                <th scope="row">
                  <a href={hrefTo({ view: 'rack', id: rack.id })}>{rack.title || rack.id}</a>
                </th>
                <td class="quiet">{rack.parent}</td>
                <td class="number">
                  <Value signal={signal} value={reading.value} />
                </td>
                <td class="number">
                  <Value signal={signal} value={limit} />
                </td>
                <td class="number">{canRelate(signal) ? ratioText(reading.value / limit) : ''}</td>
                <td>
                  <Age
                    quality={qualityOf(reading.quality)}
                    ageS={reading.ageS}
                    staleAfterS={staleAfterS}
                  />
                </td>
                <td class="number">
                  <Value signal="gpusFreeCount" value={free.value} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
