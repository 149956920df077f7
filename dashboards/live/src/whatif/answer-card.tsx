/** The answer to a what-if: yes or no, what binds and why, where, and what changes. */
import { chosenStore } from '../app-context.ts';
import { plural, titleOf, valueText } from '../format.ts';
import { amount, named, type PlaneName } from '../headroom/words.ts';
import { entityHref } from '../navigate.ts';
import { useStore } from '../store.ts';
import { type Change, type Chosen, changesOf, chosenOf } from './answer.ts';
import type { Binding, WhatIfAnswer, WhatIfQuestion } from './types.ts';

const SHOWN_HOSTS = 24;
const SHOWN_CHANGES = 40;

interface AnswerProps {
  readonly question: WhatIfQuestion;
  readonly answer: WhatIfAnswer;
}

export function Answer({ question, answer }: AnswerProps) {
  const marks = useStore(chosenStore);
  const chosen = chosenOf(answer);
  const verdict = verdictOf(question, answer);
  return (
    <section class={`answer ${answer.fits === false ? 'is-no' : 'is-yes'}`} aria-live="polite">
      <h3>{verdict}</h3>
      {(answer.why ?? answer.text) && <p>{answer.why ?? answer.text}</p>}
      {answer.binding && <BindingText binding={answer.binding} />}
      {(answer.chain ?? []).length > 0 && (
        <ol class="steps">
          {answer.chain!.map(link => (
            <li
              key={link.id}
              class={link.id === (answer.binding?.id ?? answer.binding?.entity) ? 'is-binding' : ''}
            >
              <a href={entityHref(link.kind, link.id)}>{named(link.kind, link.id)}</a>{' '}
              <span class="quiet">
                {amount(planeOf(answer.binding), link.load)} of{' '}
                {amount(planeOf(answer.binding), link.limit)}
              </span>
            </li>
          ))}
        </ol>
      )}
      {chosen.length > 0 && <Where chosen={chosen} />}
      {marks.size > 0 && (
        <button type="button" class="link" onClick={() => chosenStore.set(new Map())}>
          Clear {plural(marks.size, 'mark')} on the floor
        </button>
      )}
      <Changes changes={changesOf(answer)} />
    </section>
  );
}

function verdictOf({ place, drain, fail }: WhatIfQuestion, { fits }: WhatIfAnswer): string {
  if (place) {
    const gang = plural(place.gpus, 'GPU');
    return fits ? `${gang}: fits` : `${gang}: does not fit`;
  }
  const what = drain ? `Draining ${drain.host}` : `Losing ${fail?.entity}`;
  if (fits === undefined) return what;
  return fits ? `${what}: everything still holds` : `${what}: something gives`;
}

const planeOf = (binding: Binding | null | undefined): PlaneName =>
  binding?.plane === 'cooling' || binding?.plane === 'network' ? binding.plane : 'power';

function BindingText({ binding }: { binding: Binding }) {
  const id = binding.id ?? binding.entity ?? '';
  const plane = planeOf(binding);
  const limit = typeof binding.limit === 'number' ? amount(plane, binding.limit) : '';
  const name = typeof binding.limit === 'string' ? ` (${binding.limit})` : '';
  return (
    <p>
      Binding: <a href={entityHref(binding.kind ?? 'entity', id)}>{named(binding.kind, id)}</a>
      {name}
      {limit && `, limit ${limit}`}
      {typeof binding.headroom === 'number' && `, headroom ${amount(plane, binding.headroom)}`}
      {typeof binding.need === 'number' && `, needed ${amount(plane, binding.need)}`}
    </p>
  );
}

function Where({ chosen }: { chosen: readonly Chosen[] }) {
  return (
    <>
      <h4>Where</h4>
      <p class="links">
        {chosen.slice(0, SHOWN_HOSTS).map(one => (
          <a key={one.host} href={entityHref(one.rack === one.host ? 'rack' : 'host', one.host)}>
            {one.host}
            {one.gpus > 0 && <span class="quiet"> {one.gpus}</span>}
          </a>
        ))}
        {chosen.length > SHOWN_HOSTS && (
          <span class="quiet">and {plural(chosen.length - SHOWN_HOSTS, 'more host')}</span>
        )}
      </p>
    </>
  );
}

function Changes({ changes }: { changes: readonly Change[] }) {
  const moved = changes.filter(change => change.before !== change.after);
  if (moved.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Layer</th>
          <th scope="col" class="number">
            Before
          </th>
          <th scope="col" class="number">
            After
          </th>
        </tr>
      </thead>
      <tbody>
        {moved.slice(0, SHOWN_CHANGES).map(change => (
          <tr key={`${change.layer} ${change.signal}`}>
            <th scope="row">
              {change.layer} <small class="quiet">{titleOf(change.signal)}</small>
            </th>
            <td class="number">{valueText(change.signal, change.before)}</td>
            <td class={`number ${change.after < 0 ? 'tone-text-over' : ''}`}>
              {valueText(change.signal, change.after)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
