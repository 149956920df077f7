/** Asks for a token when the server wants one. It stays in this browser. */
import { useEffect, useRef } from 'preact/hooks';
import { refusedStore, setToken, tokenStore } from '../api/client.ts';
import { useStore } from '../store.ts';

export function TokenEntry() {
  const isRefused = useStore(refusedStore);
  const had = useStore(tokenStore) !== '';
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isRefused) field.current?.focus();
  }, [isRefused]);
  if (!isRefused) return null;
  return (
    <div class="overlay">
      <form
        class="card token"
        aria-label="Access token"
        onSubmit={event => {
          event.preventDefault();
          setToken(field.current?.value.trim() ?? '');
        }}
      >
        <h2>Access token</h2>
        <p class="quiet">
          {had ? 'The server refused the token it was given.' : 'This server asks for a token.'} It
          is kept in this browser only.
        </p>
        <input ref={field} type="password" autocomplete="off" aria-label="Token" required />
        <button type="submit" class="primary">
          Connect
        </button>
      </form>
    </div>
  );
}
