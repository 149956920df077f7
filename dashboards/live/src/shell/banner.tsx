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
  if (isSilent) {
    return (
      <div class="banner banner-silent" role="status">
        <b>No new values for {formatDuration(ageS)}.</b> The server answers; its sources may be
        silent, or nothing changes.
      </div>
    );
  }
  if (link.state !== 'lost') return null;
  const last =
    ageS === undefined
      ? 'No values have arrived yet.'
      : `Values are those of the last frame, ${formatDuration(ageS * clockSpeed())} old.`;
  return (
    <div class="banner" role="alert">
      <b>Connection lost.</b> {last} Trying again …
      {link.why && <span class="quiet"> ({link.why})</span>}
    </div>
  );
}
