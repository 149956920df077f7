/** Headroom per plane: the sentence first, the chain of layers under it. */
import { PLANE_LOADS } from '../../../../twin/index.ts';
import { useResource } from '../api/resource.ts';
import { formatValue, ratioText } from '../format.ts';
import { entityHref } from '../navigate.ts';
import { Meter } from '../parts/meter.tsx';
import { Failure, Waiting } from '../parts/states.tsx';
import {
  bindingSentence,
  type ChainLink,
  lossSentence,
  named,
  type PlaneHeadroom,
  type PlaneName,
} from './words.ts';

interface HeadroomAnswer {
  readonly id: string;
  readonly planes: Readonly<Partial<Record<PlaneName, PlaneHeadroom | null>>>;
}

const PLANES: readonly PlaneName[] = ['power', 'cooling', 'network'];
const TITLES: Readonly<Record<PlaneName, string>> = {
  power: 'Power headroom',
  cooling: 'Cooling headroom',
  network: 'Network headroom',
};
const EVERY_S = 5;

export function HeadroomPanel({ id }: { id: string }) {
  const path = `headroom/${encodeURIComponent(id)}`;
  const answer = useResource<HeadroomAnswer>(path, { everyS: EVERY_S });
  if (!answer.value) {
    return answer.error ? (
      <Failure what="Headroom" error={answer.error} />
    ) : (
      <Waiting what="headroom" />
    );
  }
  const planes = answer.value.planes;
  return (
    <section class="block headroom" aria-label="Headroom">
      {PLANES.map(plane => {
        const one = planes[plane];
        return one ? <PlaneBlock key={plane} id={id} plane={plane} answer={one} /> : null;
      })}
    </section>
  );
}

interface PlaneProps {
  readonly id: string;
  readonly plane: PlaneName;
  readonly answer: PlaneHeadroom;
}

function PlaneBlock({ id, plane, answer }: PlaneProps) {
  const loss = lossSentence(answer);
  const chain = answer.chain ?? [];
  const isTight = (answer.headroomN1 ?? 0) < 0 || (answer.headroom ?? 0) < 0;
  return (
    <details open={plane === 'power' || isTight}>
      <summary>
        <h2>{TITLES[plane]}</h2>
        <Amount plane={plane} value={answer.headroom} />
        <span class={(answer.headroomN1 ?? 0) < 0 ? 'tone-text-over' : 'quiet'}>
          N-1 <Amount plane={plane} value={answer.headroomN1} />
        </span>
      </summary>
      <p>{bindingSentence(id, plane, answer)}</p>
      {loss && <p class={isTight ? 'tone-text-over' : ''}>{loss}</p>}
      {chain.length > 0 && (
        <ol class="chain">
          {chain.map(link => (
            <ChainRow
              key={link.id}
              link={link}
              plane={plane}
              isSelf={link.id === id}
              isBinding={link.id === answer.binding?.id}
            />
          ))}
        </ol>
      )}
    </details>
  );
}

function Amount({ plane, value }: { plane: PlaneName; value: number | null | undefined }) {
  const shown = formatValue(PLANE_LOADS[plane], value);
  return (
    <b class="value">
      {shown.text}
      {shown.unit && <span class="unit"> {shown.unit}</span>}
    </b>
  );
}

interface ChainRowProps {
  readonly link: ChainLink;
  readonly plane: PlaneName;
  readonly isSelf: boolean;
  readonly isBinding: boolean;
}

function ChainRow({ link, plane, isSelf, isBinding }: ChainRowProps) {
  const signal = PLANE_LOADS[plane];
  const load = formatValue(signal, link.load);
  const limit = formatValue(signal, link.limit);
  const ratio = (link.load ?? Number.NaN) / (link.limit ?? Number.NaN);
  return (
    <li class={isBinding ? 'is-binding' : ''}>
      <span class="chain-name">
        {isSelf ? (
          <b>{named(link.kind, link.id)}</b>
        ) : (
          <a href={entityHref(link.kind, link.id)}>{named(link.kind, link.id)}</a>
        )}
        {isBinding && <em>binds</em>}
      </span>
      <Meter value={link.load} limit={link.limit} label={`${link.id}: ${ratioText(ratio)} used`} />
      <span class="chain-text">
        {load.text} {load.unit === limit.unit ? '' : load.unit}
        <span class="unit">
          {' '}
          / {limit.text} {limit.unit}
        </span>
      </span>
      <span class="chain-text quiet">
        {link.share !== undefined && link.share < 1 ? `share ${ratioText(link.share)}` : ''}
      </span>
    </li>
  );
}
