/** Keys of the page. The last part that asked is asked first; typing in a field is left alone. */

/** @returns true when the key was used. */
type KeyHandler = (event: KeyboardEvent) => boolean;

const handlers: KeyHandler[] = [];

export function onKeys(handler: KeyHandler): () => void {
  handlers.push(handler);
  return () => {
    const at = handlers.indexOf(handler);
    if (at >= 0) handlers.splice(at, 1);
  };
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');

/** Enter and Space on a button or link are its own. */
const isOwnKey = (event: KeyboardEvent) =>
  (event.key === 'Enter' || event.key === ' ') &&
  event.target instanceof HTMLElement &&
  event.target.matches('a, button, summary');

export function startKeys(): void {
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || isOwnKey(event)) return;
    for (const handler of [...handlers].reverse()) {
      if (!handler(event)) continue;
      event.preventDefault();
      return;
    }
  });
}
