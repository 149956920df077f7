/** A number with its unit, the unit quieter than the number. */
import { formatValue } from '../format.ts';

interface ValueProps {
  readonly signal: string;
  readonly value: number | string | null | undefined;
}

export function Value({ signal, value }: ValueProps) {
  const shown = formatValue(signal, value);
  return (
    <span class="value">
      {shown.text}
      {shown.unit && <span class="unit"> {shown.unit}</span>}
    </span>
  );
}
