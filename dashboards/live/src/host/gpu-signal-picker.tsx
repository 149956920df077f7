/** Which signal colours the GPU tiles. */
import { titleOf } from '../format.ts';
import { GPU_SIGNALS } from './use-gpu-tiles.ts';

interface PickerProps {
  readonly signal: string;
  onPick(signal: string): void;
}

export function GpuSignalPicker({ signal, onPick }: PickerProps) {
  return (
    <label class="picker">
      <span>GPUs by</span>
      <select value={signal} onChange={event => onPick(event.currentTarget.value)}>
        {GPU_SIGNALS.map(id => (
          <option key={id} value={id}>
            {titleOf(id)}
          </option>
        ))}
      </select>
    </label>
  );
}
