/** The answer to a what-if: yes or no, what binds and why, where, and what changes. */
import { chosenStore } from '../app-context.ts';
import { plural, valueText } from '../format.ts';
import { named } from '../headroom/words.ts';
import { entityHref } from '../navigate.ts';
import { useStore } from '../store.ts';
import { amountOn, bindingSentence, byRack, insteadSentence, verdictOf } from './answer.ts';
import { Changes, FailureText, Notes } from './answer-parts.tsx';
import { CourseView } from './course.tsx';
import { JobView } from './job.tsx';
import type { WhatIfAnswer, WhatIfQuestion } from './types.ts';

interface AnswerProps {
  readonly question: WhatIfQuestion;
  readonly answer: WhatIfAnswer;
}

export function Answer({ question, answer }: AnswerProps) {
  const marks = useStore(chosenStore);
  const instead = insteadSentence(answer);
  return (
    <section class={`answer ${answer.fits ? 'is-yes' : 'is-no'}`} aria-live="polite">
      <h3>{verdictOf(question, answer)}</h3>
      {answer.binding && <p>{bindingSentence(answer.binding)}</p>}
      <Chain answer={answer} />
      {instead && <p>{instead}</p>}
      {answer.course && <CourseView course={answer.course} />}
      {answer.fail && <FailureText failure={answer.fail} />}
      <Where answer={answer} />
      {answer.job && <JobView job={answer.job} />}
      {marks.size > 0 && (
        <button type="button" class="link" onClick={() => chosenStore.set(new Map())}>
          Clear {plural(marks.size, 'mark')} on the floor
        </button>
      )}
      <Changes layers={answer.layers ?? []} />
      <Notes answer={answer} />
    </section>
  );
}

function Chain({ answer: { chain = [], binding } }: { answer: WhatIfAnswer }) {
  const plane = binding?.plane ?? 'power';
  if (chain.length === 0 || plane === 'gpus') return null;
  return (
    <ol class="steps">
      {chain.map(link => (
        <li key={link.id} class={link.id === binding?.entity ? 'is-binding' : ''}>
          <a href={entityHref(link.kind, link.id)}>{named(link.kind, link.id)}</a>{' '}
          <span class="quiet">
            {amountOn(plane, link.load)}
            {link.limit === null ? '' : ` of ${amountOn(plane, link.limit)}`}
          </span>
        </li>
      ))}
    </ol>
  );
}

const SHOWN_RACKS = 16;

function Where({ answer: { where } }: { answer: WhatIfAnswer }) {
  const racks = byRack(where);
  if (racks.length === 0) return null;
  return (
    <div>
      <h4>Where</h4>
      <ul class="where">
        {racks.slice(0, SHOWN_RACKS).map(({ rack, hosts, gpus }) => (
          <li key={rack}>
            {rack ? <a href={entityHref('rack', rack)}>{rack}</a> : 'In no rack'}{' '}
            <span class="quiet">
              {plural(gpus, 'GPU')}
              {addedText(hosts)}
            </span>
            <p class="links">
              {hosts.map(one => (
                <a key={one.host} href={entityHref('host', one.host)}>
                  {one.host} <span class="quiet">{one.gpuCount}</span>
                </a>
              ))}
            </p>
          </li>
        ))}
      </ul>
      {racks.length > SHOWN_RACKS && (
        <p class="quiet">and {plural(racks.length - SHOWN_RACKS, 'more rack')}</p>
      )}
    </div>
  );
}

function addedText(hosts: WhatIfAnswer['where']): string {
  const addedW = hosts.reduce((sum, one) => sum + (one.addedPowerW ?? 0), 0);
  return addedW > 0 ? `, +${valueText('powerW', addedW)}` : '';
}
