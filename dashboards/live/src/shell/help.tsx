/** Keys and marks, on one sheet. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { QUALITIES } from '../../../../twin/index.ts';
import { QUICK_SIGNALS } from '../floor/signals.ts';
import { titleOf } from '../format.ts';
import { onKeys } from '../keys.ts';
import { QualityMark } from '../parts/quality-mark.tsx';
import { QUALITY_MEANING } from '../quality.ts';

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['← ↑ → ↓', 'move between racks'],
  ['Enter', 'open the rack under the cursor'],
  ['Esc', 'one level up; on the floor: clear cursor and marks'],
  ['[ ]', 'rack before, rack after'],
  ['/', 'search'],
  ['h', 'hall floor'],
  ['+ − f', 'zoom in, out, show all'],
  ['t', 'dark or light'],
  ['?', 'this sheet'],
];

export function HelpOverlay({ onClose }: { onClose: () => void }) {
  const close = useRef<HTMLButtonElement>(null);
  // Whoever sees the sheet can close it: keys pressed before the next paint are for it, too.
  useLayoutEffect(() => {
    const before = document.activeElement;
    close.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  useLayoutEffect(
    () =>
      onKeys(event => {
        if (event.key === 'Escape' || event.key === '?') onClose();
        // Nothing below the sheet reacts, and focus has one place to be.
        return true;
      }),
    [onClose],
  );
  return (
    <div class="overlay">
      <div class="card help" role="dialog" aria-modal="true" aria-label="Keys and marks">
        <header>
          <h2>Keys and marks</h2>
          <button ref={close} type="button" onClick={onClose}>
            Close
          </button>
        </header>
        <div class="help-columns">
          <dl>
            {KEYS.map(([keys, does]) => (
              <div key={keys}>
                <dt>
                  {keys.split(' ').map(key => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <dl>
            {QUICK_SIGNALS.map((quick, at) => (
              <div key={quick.signal}>
                <dt>
                  <kbd>{at + 1}</kbd>
                </dt>
                <dd>{titleOf(quick.signal)}</dd>
              </div>
            ))}
          </dl>
        </div>
        <h3>What a value rests on</h3>
        <ul class="help-marks">
          {[...QUALITIES].reverse().map(quality => (
            <li key={quality}>
              <QualityMark quality={quality} /> <b>{quality}</b> {QUALITY_MEANING[quality]}
            </li>
          ))}
        </ul>
        <h3>On the floor</h3>
        <ul class="help-marks">
          <li>
            <i class="key key-stale" /> last value known, too old to count as current
          </li>
          <li>
            <i class="key key-missing" /> nothing known
          </li>
          <li>
            <i class="key key-modelled" /> a model's value
          </li>
          <li>
            <i class="key key-breach" /> beyond its limit
          </li>
          <li>P, C, L: PDU, CRAH, CDU</li>
        </ul>
      </div>
    </div>
  );
}
