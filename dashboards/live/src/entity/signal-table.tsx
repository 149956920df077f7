/** Every signal of an entity: value, limit, quality, age; what is missing is listed, not hidden. */
import type { ComponentChildren } from 'preact';
import { SIGNAL_INDEX } from '../../../../twin/index.ts';
import type { EntityState, SignalState } from '../api/types.ts';
import { limitSign, signalOf, titleOf } from '../format.ts';
import { Age } from '../parts/quality-mark.tsx';
import { Value } from '../parts/value.tsx';

interface SignalTableProps {
  readonly state: EntityState;
  /** An extra cell for each present signal. */
  readonly trend?: (signal: string, reading: SignalState) => ComponentChildren;
  readonly picked?: string;
  readonly onPick?: (signal: string) => void;
}

const orderOf = (signal: string) => SIGNAL_INDEX.get(signal) ?? Number.MAX_SAFE_INTEGER;

export function SignalTable({ state, trend, picked, onPick }: SignalTableProps) {
  const rows = Object.entries(state.signals).sort(
    ([one], [other]) => orderOf(one) - orderOf(other),
  );
  const present = rows.filter(([, reading]) => reading.quality !== 'missing');
  const missing = rows.filter(([, reading]) => reading.quality === 'missing');
  return (
    <section class="block signals" aria-label="Signals">
      <h2>
        Signals <span class="quiet">{present.length} present</span>
      </h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Signal</th>
            <th scope="col" class="number">
              Value
            </th>
            <th scope="col" class="number">
              Limit
            </th>
            <th scope="col">Quality, age</th>
            {trend && <th scope="col">Trend</th>}
          </tr>
        </thead>
        <tbody>
          {present.map(([signal, reading]) => (
            <tr
              key={signal}
              class={`${reading.limit?.breached ? 'is-breached' : ''} ${
                picked === signal ? 'is-picked' : ''
              }`}
            >
              <th scope="row">
                {onPick && typeof reading.value === 'number' ? (
                  <button type="button" class="link" onClick={() => onPick(signal)}>
                    {titleOf(signal)}
                  </button>
                ) : (
                  titleOf(signal)
                )}
                <Coverage state={state} signal={signal} />
              </th>
              <td class="number">
                <Value signal={signal} value={reading.value} />
              </td>
              <td class="number quiet">
                {reading.limit && (
                  <>
                    {`${limitSign(signal, reading.limit.compare)} `}
                    <Value signal={signal} value={reading.limit.value} />
                  </>
                )}
              </td>
              <td>
                <Age quality={reading.quality} ageS={reading.ageS} />
              </td>
              {trend && <td>{trend(signal, reading)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {missing.length > 0 && (
        <details>
          <summary class="quiet">{missing.length} signals missing</summary>
          <p class="quiet missing-list">{missing.map(([signal]) => titleOf(signal)).join(', ')}</p>
        </details>
      )}
    </section>
  );
}

/** A roll-up of fewer parts than there are says so. */
function Coverage({ state, signal }: { state: EntityState; signal: string }) {
  const part = state.coverage?.[signal];
  if (!part || part.present >= part.of || !signalOf(signal)) return null;
  return (
    <small class="coverage" title="Parts that have a current value, of all parts">
      {part.present} of {part.of}
    </small>
  );
}
