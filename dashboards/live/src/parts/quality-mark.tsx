/** Quality and age of a value: a shape for each quality, so that colour is not needed to tell. */
import type { Quality } from '../../../../twin/index.ts';
import { formatAge } from '../format.ts';
import { QUALITY_MEANING } from '../quality.ts';

const SHAPES: Readonly<Record<Quality, preact.JSX.Element>> = {
  measured: <circle cx="5" cy="5" r="4" class="fill" />,
  derived: (
    <>
      <circle cx="5" cy="5" r="3.5" class="stroke" />
      <path d="M5 1.5a3.5 3.5 0 0 1 0 7z" class="fill" />
    </>
  ),
  modelled: <circle cx="5" cy="5" r="3.5" class="stroke dash" />,
  stale: (
    <>
      <circle cx="5" cy="5" r="4" class="stroke" />
      <path d="M5 2.6V5l1.8 1.2" class="stroke" />
    </>
  ),
  missing: <path d="M2 2l6 6M8 2l-6 6" class="stroke" />,
};

export function QualityMark({ quality }: { quality: Quality }) {
  return (
    <svg
      class={`quality quality-${quality}`}
      viewBox="0 0 10 10"
      role="img"
      aria-label={`${quality}: ${QUALITY_MEANING[quality]}`}
    >
      <title>{`${quality}: ${QUALITY_MEANING[quality]}`}</title>
      {SHAPES[quality]}
    </svg>
  );
}

interface AgeProps {
  readonly quality: Quality;
  readonly ageS: number | null | undefined;
  /** Age at which the signal counts as stale: a fresh value cannot be older. */
  readonly staleAfterS?: number;
}

/**
 * A value that did not change is not sent again, so its age here only bounds the true one from
 * above; its quality is always current, and says it is younger than `staleAfterS`.
 */
export function Age({ quality, ageS, staleAfterS }: AgeProps) {
  const isBounded =
    quality !== 'stale' &&
    quality !== 'missing' &&
    staleAfterS !== undefined &&
    ageS !== null &&
    ageS !== undefined &&
    ageS > staleAfterS;
  const text = isBounded ? `< ${formatAge(staleAfterS)}` : formatAge(ageS);
  return (
    <span class={`age age-${quality}`} title={`${quality}, age ${text}`}>
      <QualityMark quality={quality} />
      <span>{text}</span>
    </span>
  );
}
