/** The lower half of a what-if answer: what fails, what changes per layer, what to mind. */
import { formatDuration, plural } from '../format.ts';
import { kindWord, named } from '../headroom/words.ts';
import { entityHref } from '../navigate.ts';
import { amountOn } from './answer.ts';
import type { Failure, Layer, LoadChange, WhatIfAnswer } from './types.ts';

const SHOWN = 12;

export function FailureText({ failure }: { failure: Failure }) {
  const { gpusLost, rideThroughS, unsupplied } = failure;
  return (
    <>
      <p>
        {gpusLost > 0 ? `${plural(gpusLost, 'GPU')} would be lost.` : 'No GPU would be lost.'}
        {rideThroughS !== null && ` Batteries carry the load for ${formatDuration(rideThroughS)}.`}
      </p>
      {unsupplied.map(({ plane, counts }) => (
        <p key={plane} class="tone-text-over">
          Without {plane}:{' '}
          {Object.entries(counts)
            .map(([kind, count]) => plural(count, kindWord(kind)))
            .join(', ')}
        </p>
      ))}
      <LoadChanges title="Taken past its limit" changes={failure.trips} />
      <LoadChanges title="Takes over" changes={failure.takesOver} />
    </>
  );
}

function LoadChanges({ title, changes }: { title: string; changes: readonly LoadChange[] }) {
  if (changes.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col" class="number">
            Load
          </th>
          <th scope="col" class="number">
            Limit
          </th>
        </tr>
      </thead>
      <tbody>
        {changes.slice(0, SHOWN).map(change => (
          <tr key={`${change.plane} ${change.id}`}>
            <th scope="row">
              <a href={entityHref(change.kind, change.id)} title={kindWord(change.kind)}>
                {change.id}
              </a>
            </th>
            <td class="number">
              {amountOn(change.plane, change.before)} → {amountOn(change.plane, change.after)}
            </td>
            <td class="number quiet">
              {change.limit === null ? '–' : amountOn(change.plane, change.limit)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Headroom with the worst single loss counted in, before and after, per layer. */
export function Changes({ layers }: { layers: readonly Layer[] }) {
  if (layers.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Headroom, N-1</th>
          <th scope="col" class="number">
            Before
          </th>
          <th scope="col" class="number">
            After
          </th>
        </tr>
      </thead>
      <tbody>
        {layers.map(layer => (
          <tr key={`${layer.plane} ${layer.entity}`}>
            <th scope="row">
              <LayerName layer={layer} />
            </th>
            <Room layer={layer} when="before" />
            <Room layer={layer} when="after" />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** GPUs are counted over the whole of a place, which may be of any kind. */
function LayerName({ layer: { plane, kind, entity } }: { layer: Layer }) {
  if (plane === 'gpus') {
    return (
      <>
        {entity} <small class="quiet">free GPUs</small>
      </>
    );
  }
  return (
    <>
      <a href={entityHref(kind, entity)} title={kindWord(kind)}>
        {entity}
      </a>{' '}
      <small class="quiet">{plane}</small>
    </>
  );
}

function Room({ layer, when }: { layer: Layer; when: 'before' | 'after' }) {
  const { headroom, headroomN1 } = layer[when];
  const room = headroomN1 ?? headroom;
  return (
    <td class={`number ${room !== null && room < 0 ? 'tone-text-over' : ''}`}>
      {room === null ? 'no limit' : amountOn(layer.plane, room)}
    </td>
  );
}

export function Notes({ answer }: { answer: WhatIfAnswer }) {
  const { excluded = [], warnings = [], evidence = [] } = answer;
  if (excluded.length + warnings.length + evidence.length === 0) return null;
  return (
    <ul class="notes quiet">
      {warnings.map(one => (
        <li key={`${one.title} ${one.entity}`} class="tone-text-near">
          {one.title} would be passed at {named(one.kind, one.entity)}
          {one.loss ? ` after loss of ${one.loss}` : ''}.
        </li>
      ))}
      {excluded.map(one => (
        <li key={one.why}>
          Left out: {plural(one.hosts, 'host')} with {plural(one.gpus, 'GPU')}, {one.why}.
        </li>
      ))}
      {evidence.map(one => (
        <li key={`${one.about} ${one.says}`}>
          {one.about}: {one.says}
        </li>
      ))}
    </ul>
  );
}
