/** A bar of a value against its limit; the tick at the limit stays where it is. */
interface MeterProps {
  readonly value: number | null | undefined;
  readonly limit: number | null | undefined;
  readonly label: string;
  /** Second mark, such as the value after the worst loss. */
  readonly worst?: number | null;
  readonly isStale?: boolean;
  /** Being full is no fault: use of GPUs. */
  readonly isNeutral?: boolean;
}

/** The bar ends here, so that an overload has room to be seen. */
const FULL_RATIO = 1.15;

export function toneOf(ratio: number): 'calm' | 'near' | 'over' {
  if (ratio > 1) return 'over';
  return ratio > 0.9 ? 'near' : 'calm';
}

export function Meter({ value, limit, label, worst, isStale, isNeutral }: MeterProps) {
  const isKnown = Number.isFinite(value) && Number.isFinite(limit) && (limit as number) > 0;
  const ratio = isKnown ? (value as number) / (limit as number) : 0;
  const worstRatio = Number.isFinite(worst) && isKnown ? (worst as number) / (limit as number) : 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: <meter> draws no limit tick
    <div
      class={`meter ${isStale ? 'meter-stale' : ''} ${isKnown ? '' : 'meter-unknown'}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={isKnown ? Math.round(ratio * 100) : 0}
      aria-valuetext={isKnown ? `${Math.round(ratio * 100)} % of the limit` : 'unknown'}
    >
      <div
        class={`meter-fill tone-${isNeutral ? 'calm' : toneOf(ratio)}`}
        style={{ width: `${(Math.min(ratio, FULL_RATIO) / FULL_RATIO) * 100}%` }}
      />
      {worstRatio > 0 && (
        <div
          class={`meter-worst tone-${toneOf(worstRatio)}`}
          style={{ left: `${(Math.min(worstRatio, FULL_RATIO) / FULL_RATIO) * 100}%` }}
        />
      )}
      {isKnown && <div class="meter-limit" />}
    </div>
  );
}
