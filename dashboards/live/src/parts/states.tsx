/** What stands where a value is not there yet, or cannot be had. */
export function Waiting({ what }: { what: string }) {
  return <p class="quiet">Loading {what} …</p>;
}

export function Failure({ what, error }: { what: string; error: string }) {
  return (
    <p class="failure" role="alert">
      {what} could not be loaded: {error}
    </p>
  );
}

/** Answers of a service that has switched off what is asked for, or is not ready to tell. */
const OFF: ReadonlySet<number> = new Set([404, 409, 503]);

interface WithoutProps {
  readonly what: string;
  /** Said where the service does not have it at all. */
  readonly off: string;
  readonly answer: { readonly error?: string; readonly status?: number | undefined };
}

/** In place of an answer that is not there: on its way, not part of this service, or failed. */
export function Without({ what, off, answer }: WithoutProps) {
  const { error, status } = answer;
  if (error === undefined) return <Waiting what={what} />;
  if (status === undefined || !OFF.has(status)) return <Failure what={what} error={error} />;
  return (
    <p class="quiet">
      {status === 404 ? off : `Nothing to be told of ${what} now.`} The service says: {error}
    </p>
  );
}
