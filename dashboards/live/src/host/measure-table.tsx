/** Host power by measuring point, side by side, with how far each is off the best estimate. */
import type { EntityState } from '../api/types.ts';
import { formatNumber } from '../format.ts';
import { Age } from '../parts/quality-mark.tsx';
import { Value } from '../parts/value.tsx';
import { DISAGREE_RATIO, type MeasurePoint, measurePoints } from './measure-points.ts';

export function MeasureTable({ state }: { state: EntityState }) {
  const points = measurePoints(state);
  const numbers = points.flatMap(({ reading }) =>
    typeof reading?.value === 'number' ? [reading.value] : [],
  );
  const most = Math.max(1, ...numbers);
  return (
    <section class="block measure" aria-label="Power by measuring point">
      <h2>Power by measuring point</h2>
      <table>
        <tbody>
          {points.map(point => (
            <PointRow key={point.signal} point={point} most={most} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function PointRow({ point, most }: { point: MeasurePoint; most: number }) {
  const { reading, deviation } = point;
  const value = typeof reading?.value === 'number' ? reading.value : 0;
  const isOff = Math.abs(deviation) > DISAGREE_RATIO;
  return (
    <tr class={isOff ? 'is-breached' : ''}>
      <th scope="row">{point.how}</th>
      <td class="number">
        <Value signal="powerW" value={reading?.value} />
      </td>
      <td class="bar-cell">
        <i
          class={`bar quality-bar-${reading?.quality ?? 'missing'}`}
          style={{ width: `${(value / most) * 100}%` }}
        />
      </td>
      <td class="number quiet">{deviationText(deviation)}</td>
      <td>
        <Age quality={reading?.quality ?? 'missing'} ageS={reading?.ageS} />
      </td>
    </tr>
  );
}

function deviationText(ratio: number): string {
  if (Number.isNaN(ratio)) return '';
  const percent = formatNumber(Number((ratio * 100).toFixed(1)));
  return `${ratio > 0 ? '+' : ''}${percent} %`;
}
