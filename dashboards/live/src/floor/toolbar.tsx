/** Above the floor: which signal, as a value or as a part of the limit, and the view. */
import { titleOf } from '../format.ts';
import { adjust } from '../navigate.ts';
import { QUICK_SIGNALS, RACK_SIGNALS } from './signals.ts';

interface ViewToolsProps {
  readonly isRelative: boolean;
  readonly canBeRelative: boolean;
  readonly isTable: boolean;
  onRelative(isRelative: boolean): void;
  onTable(isTable: boolean): void;
  onZoom(factor: number): void;
  onFit(): void;
}

export function Toolbar({ signal }: { signal: string }) {
  return (
    <div class="toolbar" role="toolbar" aria-label="Floor">
      <div class="chips">
        {QUICK_SIGNALS.map((quick, at) => (
          <button
            key={quick.signal}
            type="button"
            class="chip"
            aria-pressed={quick.signal === signal}
            title={`${titleOf(quick.signal)} (key ${at + 1})`}
            onClick={() => adjust({ signal: quick.signal })}
          >
            <kbd>{at + 1}</kbd>
            {quick.title}
          </button>
        ))}
      </div>
      <select
        aria-label="Signal that colours the racks"
        value={signal}
        onChange={event => adjust({ signal: event.currentTarget.value })}
      >
        {RACK_SIGNALS.map(row => (
          <option key={row.id} value={row.id}>
            {row.title}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Over the canvas: value or part of the limit, zoom, table. */
export function ViewTools(props: ViewToolsProps) {
  const { isRelative, canBeRelative, isTable } = props;
  return (
    <div class="view-tools" role="toolbar" aria-label="View">
      <div class="segmented">
        <button
          type="button"
          aria-pressed={!isRelative}
          onClick={() => props.onRelative(false)}
          title="Colour by the value"
        >
          Value
        </button>
        <button
          type="button"
          aria-pressed={isRelative}
          disabled={!canBeRelative}
          onClick={() => props.onRelative(true)}
          title={
            canBeRelative ? "Colour by the part of each rack's limit" : 'No limit to relate to'
          }
        >
          Of limit
        </button>
      </div>
      <div class="segmented">
        <button type="button" onClick={() => props.onZoom(1 / 1.4)} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={props.onFit} title="Show all (f)">
          Fit
        </button>
        <button type="button" onClick={() => props.onZoom(1.4)} aria-label="Zoom in">
          +
        </button>
        <button type="button" aria-pressed={isTable} onClick={() => props.onTable(!isTable)}>
          Table
        </button>
      </div>
    </div>
  );
}
