/** What came in and could not be joined to an entity, with the nearest candidates. */
import { useResource } from '../api/resource.ts';
import type { Unmatched } from '../api/types.ts';
import { formatCount } from '../format.ts';
import { Failure, Waiting } from '../parts/states.tsx';

const EVERY_S = 10;

export function UnmatchedPanel() {
  const unmatched = useResource<Unmatched>('unmatched?limit=200', { everyS: EVERY_S });
  if (!unmatched.value) {
    return unmatched.error ? (
      <Failure what="Unmatched" error={unmatched.error} />
    ) : (
      <Waiting what="what is unmatched" />
    );
  }
  const { items, unmapped = [] } = unmatched.value;
  return (
    <>
      <h3>Joined to no entity</h3>
      {items.length === 0 && <p class="quiet">Everything that came in has its entity.</p>}
      <ul class="unmatched">
        {items.map((item, at) => (
          <li key={at}>
            <p>
              <b>{identityText(item.identity)}</b>
              <span class="count">{formatCount(item.count)}</span>
            </p>
            <p class="quiet">
              {item.metric} from {item.source}: {item.why}
            </p>
            {(item.candidates ?? []).length > 0 && (
              <p class="quiet">
                nearest:{' '}
                {item
                  .candidates!.map(one => `${one.id} (${one.alias}, ${one.distance})`)
                  .join(', ')}
              </p>
            )}
          </li>
        ))}
      </ul>
      <h3>Metrics no mapping takes</h3>
      {unmapped.length === 0 && <p class="quiet">None.</p>}
      <ul class="unmapped">
        {unmapped.map(one => (
          <li key={one.metric}>
            <code>{one.metric}</code> <span class="count">{formatCount(one.count)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

const identityText = (identity: Readonly<Record<string, string>>) =>
  Object.entries(identity)
    .map(([label, value]) => `${label}="${value}"`)
    .join(' ') || 'no identity labels';
