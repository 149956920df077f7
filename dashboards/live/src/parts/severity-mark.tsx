/** A shape for each severity: told apart without colour. */
const SHAPES = {
  critical: <path d="M4.5 0.8h3L11 4.4v3.2L7.5 11.2h-3L1 7.6V4.4z" />,
  warning: <path d="M6 1l5.4 9.8H.6z" />,
  info: <circle cx="6" cy="6" r="4.6" />,
} as const;

interface MarkProps {
  readonly severity: keyof typeof SHAPES;
  /** Not yet for long enough to fire. */
  readonly isHollow: boolean;
}

export function SeverityMark({ severity, isHollow }: MarkProps) {
  const colour = isHollow ? 'is-hollow' : `severity-${severity}`;
  return (
    <svg class={`severity-mark ${colour}`} viewBox="0 0 12 12" role="img">
      <title>{severity}</title>
      {SHAPES[severity]}
    </svg>
  );
}
