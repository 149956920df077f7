/** Keeps a part that fails from taking the page with it, and says what failed. */
import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';

export function Fence({ what, children }: { what: string; children: ComponentChildren }) {
  const [error, again] = useErrorBoundary(fault => console.error(what, fault));
  if (!error) return <>{children}</>;
  return (
    <p class="failure" role="alert">
      {what} failed: {error instanceof Error ? error.message : String(error)}{' '}
      <button type="button" onClick={again}>
        Try again
      </button>
    </p>
  );
}
