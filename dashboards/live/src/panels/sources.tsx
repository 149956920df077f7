/** Health of what feeds the twin: worst first, with how much of each is not taken. */
import { useResource } from '../api/resource.ts';
import type { SourceStatus } from '../api/types.ts';
import { twinNowMs, useTick } from '../clock.ts';
import { formatAge, formatCount } from '../format.ts';
import { Failure, Waiting } from '../parts/states.tsx';

const ORDER = ['down', 'degraded', 'starting', 'up'];
const EVERY_S = 5;
const SHOWN = 200;

export function SourcesPanel() {
  useTick();
  const sources = useResource<SourceStatus[]>('sources', { everyS: EVERY_S, all: true });
  if (!sources.value) {
    return sources.error ? (
      <Failure what="Sources" error={sources.error} />
    ) : (
      <Waiting what="sources" />
    );
  }
  if (sources.value.length === 0) {
    return (
      <p class="quiet">
        No source is configured, and nobody has sent samples. See{' '}
        <a href="./docs/operations.md#data-in" target="_blank" rel="noreferrer">
          data in
        </a>
        .
      </p>
    );
  }
  const sorted = [...sources.value].sort(
    (one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state),
  );
  return (
    <>
      <table class="sources">
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col" class="number">
              Seen
            </th>
            <th scope="col" class="number">
              Samples
            </th>
            <th scope="col" class="number">
              Not taken
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, SHOWN).map(source => (
            <SourceRow key={source.id} source={source} />
          ))}
        </tbody>
      </table>
      {sorted.length > SHOWN && (
        <p class="quiet">and {formatCount(sorted.length - SHOWN)} more, none of them worse.</p>
      )}
    </>
  );
}

function SourceRow({ source }: { source: SourceStatus }) {
  const dropped = Object.entries(source.dropped ?? {}).filter(([, count]) => count > 0);
  const total = dropped.reduce((sum, [, count]) => sum + count, 0);
  const seenMs = source.lastSuccess ? Date.parse(source.lastSuccess) : Number.NaN;
  const ageS = (twinNowMs() - seenMs) / 1000;
  return (
    <tr class={`source-${source.state}`}>
      <th scope="row">
        <span class={`dot dot-${source.state}`} title={source.state} />
        <span class="spoken">{source.state}: </span>
        {source.id}
        <small class="quiet">
          {source.kind}
          {source.latencyMs !== undefined && `, ${Math.round(source.latencyMs)} ms`}
          {source.breaker === 'open' && ', breaker open'}
        </small>
        {source.state !== 'up' && source.lastError && (
          <small class="failure">{source.lastError}</small>
        )}
      </th>
      <td class="number">{formatAge(Number.isNaN(ageS) ? undefined : Math.max(0, ageS))}</td>
      <td class="number">{formatCount(source.samples)}</td>
      <td class="number" title={dropped.map(([why, count]) => `${why}: ${count}`).join('\n')}>
        {formatCount(total)}
      </td>
    </tr>
  );
}
