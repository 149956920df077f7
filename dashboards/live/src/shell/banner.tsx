/** Says so when what is on the page is no longer live. */
import { clockSpeed, useTick } from '../clock.ts';
import { formatDuration } from '../format.ts';
import { linkStore } from '../live/connection.ts';
import { useStore } from '../store.ts';

/** Longer than any subscription's interval: frames that stay away this long are news. */
const SILENT_AFTER_S = 20;

export function Banner() {
  useTick();
  const link = useStore(linkStore);
  const ageS = link.lastFrameMs > 0 ? (Date.now() - link.lastFrameMs) / 1000 : undefined;
  const isSilent = link.state === 'live' && ageS !== undefined && ageS > SILENT_AFTER_S;
  if (link.state !== 'lost' && !isSilent) return null;
  const last =
    ageS === undefined
      ? 'No values have arrived yet.'
      : `Values are those of the last frame, ${formatDuration(ageS * clockSpeed())} old.`;
  return (
    <div class="banner" role="alert">
      <b>{isSilent ? 'No new frames.' : 'Connection lost.'}</b> {last}{' '}
      {isSilent ? 'The server is connected but silent.' : 'Trying again …'}
      {link.why && <span class="quiet"> ({link.why})</span>}
    </div>
  );
}
