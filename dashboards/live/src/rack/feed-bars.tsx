/** The rack's supplies, A left and B right: load now, and load if the other were lost. */
import { numberOf, useStates } from '../api/hooks.ts';
import type { EntityDetail, EntityState } from '../api/types.ts';
import { ratioText, valueText } from '../format.ts';
import { entityHref } from '../navigate.ts';
import { toneOf } from '../parts/meter.tsx';

interface Supply {
  readonly id: string;
  readonly kind: string;
}

const SIGNALS = ['powerLoadW', 'powerLimitW', 'powerHeadroomN1W', 'powerW'];
/** Containment suppliers carry no power: they are in the plane for accounting only. */
const ROOM_KINDS: ReadonlySet<string> = new Set(['row', 'hall', 'site']);

/** Power parents of the rack, or else the PDUs and feeds that stand in it. */
function suppliesOf(rack: EntityDetail): readonly Supply[] {
  const parents = (rack.planes?.power?.parents ?? []).filter(one => !ROOM_KINDS.has(one.kind));
  const inside = ['pdu', 'feed'].flatMap(kind =>
    (rack.children?.[kind] ?? []).map(id => ({ id, kind })),
  );
  const supplies = inside.length > 0 ? inside : parents;
  return [...supplies].sort((one, other) => one.id.localeCompare(other.id));
}

export function FeedBars({ rack }: { rack: EntityDetail }) {
  const supplies = suppliesOf(rack).slice(0, 4);
  const states = useStates(
    supplies.map(supply => supply.id),
    SIGNALS,
  ).value;
  return (
    <>
      {supplies.map((supply, at) => (
        <FeedBar
          key={supply.id}
          supply={supply}
          side={at % 2 === 0 ? 'left' : 'right'}
          state={states?.find(state => state.id === supply.id)}
        />
      ))}
    </>
  );
}

interface FeedBarProps {
  readonly supply: Supply;
  readonly side: 'left' | 'right';
  readonly state: EntityState | undefined;
}

/** `r1-k03-pdu-a` is side A. */
const sideLetter = (id: string) => /[-_.]?([a-d])\d*$/i.exec(id)?.[1]?.toUpperCase() ?? '';

function FeedBar({ supply, side, state }: FeedBarProps) {
  const measured = numberOf(state, 'powerLoadW');
  const load = Number.isNaN(measured) ? numberOf(state, 'powerW') : measured;
  const limit = numberOf(state, 'powerLimitW');
  const spare = numberOf(state, 'powerHeadroomN1W');
  const ratio = load / limit;
  const lossRatio = (limit - spare) / limit;
  const label = sideLetter(supply.id) || supply.id;
  const now = `${valueText('powerW', load)} of ${valueText('powerW', limit)}`;
  const words = `${supply.id}: ${now}, ${ratioText(lossRatio)} after the worst single loss`;
  return (
    <a class={`feed feed-${side}`} href={entityHref(supply.kind, supply.id)} title={words}>
      <b>{label}</b>
      <span class="feed-track" role="img" aria-label={words}>
        {Number.isFinite(ratio) && (
          <i
            class={`feed-fill tone-${toneOf(ratio)}`}
            style={{ height: `${Math.min(100, ratio * 100)}%` }}
          />
        )}
        {Number.isFinite(lossRatio) && (
          <i
            class={`feed-loss tone-${toneOf(lossRatio)}`}
            style={{ bottom: `${Math.min(100, lossRatio * 100)}%` }}
          />
        )}
      </span>
      <span class="feed-text">{ratioText(ratio)}</span>
      <span class={`feed-text quiet tone-text-${toneOf(lossRatio)}`}>{ratioText(lossRatio)}</span>
      <span class="feed-text quiet">N-1</span>
    </a>
  );
}
