/** What calibration has learned of an entity: parameters beside what its class gave them. */
import { useResource } from '../api/resource.ts';
import type { Learned } from '../api/types.ts';
import { twinNowMs, useTick } from '../clock.ts';
import { formatAge, formatCount, formatWhen, plural } from '../format.ts';
import { Failure, Without } from '../parts/states.tsx';
import { sizeText, spreadText } from './words.ts';

const EVERY_S = 15;

interface LearnedAnswer {
  readonly items: readonly Learned[];
}

export function LearnedBlock({ id }: { id: string }) {
  useTick();
  const path = `parameters?entity=${encodeURIComponent(id)}`;
  const learned = useResource<LearnedAnswer>(path, { everyS: EVERY_S });
  const items = learned.value?.items;
  return (
    <section class="block learned" aria-label="Learned by calibration">
      <h2>Learned by calibration</h2>
      {items?.length === 0 && <p class="quiet">No model is calibrated for {id}.</p>}
      {items?.map(one => (
        <Model key={one.model} learned={one} />
      ))}
      {!items && (
        <Without
          what="what was learned"
          off="This service does not calibrate: its models have the figures of the class."
          answer={learned}
        />
      )}
      {items && learned.error && <Failure what="Newer values" error={learned.error} />}
    </section>
  );
}

function Model({ learned }: { learned: Learned }) {
  const { title, formula, parameters, priorOf } = learned;
  return (
    <table>
      <caption title={formula}>{title}</caption>
      <thead>
        <tr>
          <th scope="col">Parameter</th>
          <th scope="col" class="number">
            Learned
          </th>
          <th scope="col" class="number" title={`Of the class ${priorOf}, before any reading`}>
            Prior
          </th>
        </tr>
      </thead>
      <tbody>
        {parameters.map(row => (
          <tr key={row.id}>
            <th scope="row" title={row.id}>
              {row.title}
            </th>
            <td class="number">{spreadText(row.value, row.sd)}</td>
            <td class="number quiet">{spreadText(row.prior.mean, row.prior.sd)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td colSpan={3} class="quiet note">
            {historyText(learned, twinNowMs())}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

function historyText(learned: Learned, nowMs: number): string {
  const { signal, updates, clipped, faults, resets, noiseSd, lastChangedAt, lastResetAt } = learned;
  if (!lastChangedAt) return 'Nothing learned yet: the prior stands.';
  const ageS = (nowMs - Date.parse(lastChangedAt)) / 1000;
  const parts = [
    `Last changed ${formatAge(ageS)} ago (${formatWhen(lastChangedAt, nowMs)})`,
    `from ${plural(updates, 'sample')}`,
    ...(clipped > 0 ? [`${formatCount(clipped)} of them limited`] : []),
    ...(faults > 0 ? [`${formatCount(faults)} of a faulty sensor`] : []),
    ...(resets > 0 && lastResetAt
      ? [`begun anew ${formatWhen(lastResetAt, nowMs)} for another machine or meter`]
      : []),
  ];
  return `${parts.join(', ')}. Unexplained: ±${sizeText(signal, noiseSd)}.`;
}
