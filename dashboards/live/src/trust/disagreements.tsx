/** Sensors that do not agree with the others, most certain first. */
import { useResource } from '../api/resource.ts';
import type { Disagreement, Page } from '../api/types.ts';
import { twinNowMs, useTick } from '../clock.ts';
import { formatAge, formatWhen, plural, titleOf } from '../format.ts';
import { kindWord } from '../headroom/words.ts';
import { entityHref } from '../navigate.ts';
import { Failure, Without } from '../parts/states.tsx';
import { balanceTitle, faultText, sensorText, sureText } from './words.ts';

const EVERY_S = 10;
const SHOWN = 100;

export function DisagreementList() {
  useTick();
  const found = useResource<Page<Disagreement>>(`agreement?limit=${SHOWN}`, { everyS: EVERY_S });
  return (
    <section class="trust" aria-label="Sensors that disagree">
      <h3>Sensors that disagree</h3>
      {found.value ? (
        <Found page={found.value} />
      ) : (
        <Without
          what="sensors that disagree"
          off="This service does not compare its sensors."
          answer={found}
        />
      )}
      {found.value && found.error && <Failure what="Newer findings" error={found.error} />}
    </section>
  );
}

function Found({ page }: { page: Page<Disagreement> }) {
  if (page.items.length === 0) return <p class="quiet">No sensor contradicts the others.</p>;
  return (
    <>
      <ul class="disagreements">
        {page.items.map(found => (
          <Item key={found.id ?? `${found.entity} ${found.signal}`} found={found} />
        ))}
      </ul>
      {page.next && <p class="quiet">and more, none of them more certain.</p>}
    </>
  );
}

function Item({ found }: { found: Disagreement }) {
  const { entity, signal, kind, other, or = [] } = found;
  return (
    <li>
      <p>
        {kind && <span class="quiet">{kindWord(kind)} </span>}
        <a href={hrefOf(entity, kind)}>{entity}</a> <b>{titleOf(signal)}</b>: {faultText(found)}
        {other && (
          <>
            <a href={hrefOf(other.entity)}>{other.entity}</a>
            {other.signal === signal ? '' : ` (${titleOf(other.signal)})`}
          </>
        )}
      </p>
      <p class="quiet">
        {sinceText(found)} · {sureText(found.confidence)}
      </p>
      {or.length > 0 && (
        <p class="quiet">
          Or the fault is in {or.map(sensorText).join(', ')}: nothing tells them apart.
        </p>
      )}
      <Evidence found={found} />
    </li>
  );
}

/** Without its kind the general view shows an entity. */
const hrefOf = (id: string, kind = 'entity') => entityHref(kind, id);

function sinceText({ since, fromStart }: Disagreement): string {
  if (!since) return 'since when is not known';
  const nowMs = twinNowMs();
  const forS = Math.max(0, (nowMs - Date.parse(since)) / 1000);
  const from = `since ${formatWhen(since, nowMs)}`;
  return fromStart ? `${from}, when watching began` : `${from}, for ${formatAge(forS)}`;
}

function Evidence({ found: { evidence = [] } }: { found: Disagreement }) {
  if (evidence.length === 0) return null;
  return (
    <details>
      <summary class="quiet">{plural(evidence.length, 'comparison')} off</summary>
      <ul class="evidence quiet">
        {evidence.map(({ balance, entity, z }) => (
          <li key={`${balance} ${entity}`}>
            {balanceTitle(balance)}, {entity}
            {z !== null && `: ${Math.abs(z).toFixed(1)} σ`}
          </li>
        ))}
      </ul>
    </details>
  );
}
