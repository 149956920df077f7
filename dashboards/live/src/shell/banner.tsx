/** Says so when what is on the page is not live: the past played back, or no longer live. */
import type { Status } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { clockSpeed, twinNowMs, useTick } from '../clock.ts';
import { formatDuration, formatWhen } from '../format.ts';
import { linkStore } from '../live/connection.ts';
import { useStore } from '../store.ts';

/** Longer than any subscription's interval: frames that stay away this long are news. */
const SILENT_AFTER_S = 20;

export function Banner() {
  const { status } = useApp();
  return (
    <>
      {status?.replay && <ReplayBanner of={status} />}
      <LinkBanner />
    </>
  );
}

/** What looks live is not: nobody should act on an alert of last week. */
function ReplayBanner({ of: { replay, speed } }: { of: Status }) {
  useTick();
  if (!replay) return null;
  const [from, to] = [replay.from, replay.to].map(at => formatWhen(at, Date.now()));
  const isOver = twinNowMs() >= Date.parse(replay.to);
  return (
    <div class="banner banner-silent" role="status">
      <b>Replay of the past.</b> {from} to {to}
      {isOver ? ': the end is reached, values stand still.' : `, ${speed} times as fast.`}
    </div>
  );
}

function LinkBanner() {
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
