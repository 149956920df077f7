/** What came in and could not be joined to an entity, by metric and reason, with candidates. */
import { useResource } from '../api/resource.ts';
import type { Unmatched } from '../api/types.ts';
import { formatCount, plural } from '../format.ts';
import { Failure, Waiting } from '../parts/states.tsx';

const EVERY_S = 10;
const SHOWN_EACH = 3;

type Item = Unmatched['items'][number];

export function UnmatchedPanel() {
  const unmatched = useResource<Unmatched>('unmatched?limit=1000', { everyS: EVERY_S });
  if (!unmatched.value) {
    return unmatched.error ? (
      <Failure what="Unmatched" error={unmatched.error} />
    ) : (
      <Waiting what="what is unmatched" />
    );
  }
  const { items, unmapped = [] } = unmatched.value;
  const groups = [...Map.groupBy(items, item => `${item.metric} ${item.why}`).values()];
  return (
    <>
      <h3>Joined to no entity</h3>
      {items.length === 0 && <p class="quiet">Everything that came in has its entity.</p>}
      <ul class="unmatched">
        {groups.map(group => (
          <Group key={`${group[0].metric} ${group[0].why}`} group={group} />
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

function Group({ group }: { group: readonly Item[] }) {
  const [first] = group;
  const samples = group.reduce((sum, item) => sum + item.count, 0);
  return (
    <li>
      <p>
        <code>{first.metric}</code>
        <span class="count" title={plural(samples, 'sample')}>
          {formatCount(group.length)}
        </span>
      </p>
      <p>{first.detail ?? first.why}</p>
      {group.slice(0, SHOWN_EACH).map((item, at) => (
        <p key={at} class="quiet">
          {identityText(item.identity)} from {item.source}
          {nearestText(item)}
        </p>
      ))}
      {group.length > SHOWN_EACH && (
        <p class="quiet">and {formatCount(group.length - SHOWN_EACH)} more like these</p>
      )}
    </li>
  );
}

function nearestText({ candidates = [] }: Item): string {
  if (candidates.length === 0) return '';
  const names = candidates.map(one => `${one.id} (${one.alias})`);
  return `; nearest ${names.join(', ')}`;
}

const identityText = (identity: Readonly<Record<string, string>>) =>
  Object.entries(identity)
    .map(([label, value]) => `${label}="${value}"`)
    .join(' ') || 'no identity labels';
