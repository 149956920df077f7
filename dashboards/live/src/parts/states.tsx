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
