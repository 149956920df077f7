/** Search over every entity: ids, titles and aliases, by the server; `/` brings the cursor here. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { query } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { Entity, Page } from '../api/types.ts';
import { go } from '../navigate.ts';

const SHOWN = 12;
const PAUSE_MS = 120;

export function Search() {
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const [picked, setPicked] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const [isEntered, setEntered] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const path = asked ? `entities?${query({ q: asked, limit: SHOWN })}` : undefined;
  const found = useResource<Page<Entity>>(path);
  const items = found.value?.items.slice(0, SHOWN) ?? [];
  const close = () => {
    setOpen(false);
    setText('');
    field.current?.blur();
  };
  const choose = (entity: Entity | undefined) => {
    if (!entity) return;
    go({ view: entity.kind === 'site' ? 'floor' : entity.kind, id: entity.id });
    close();
  };
  // Enter means the text as it is now: what was found for an earlier one is not opened.
  useEffect(() => {
    if (!isEntered || asked !== text.trim() || !found.value) return;
    setEntered(false);
    choose(items[picked]);
  }, [isEntered, asked, text, found.value]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
    if (step) setPicked(at => Math.max(0, Math.min(items.length - 1, at + step)));
    else if (event.key === 'Enter') setEntered(true);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  };
  return (
    <search class="search">
      <input
        id="search"
        ref={field}
        type="search"
        // biome-ignore lint/a11y/noRedundantRoles: with a list it is no searchbox
        role="combobox"
        placeholder="Search racks, hosts, GPUs, serials …"
        aria-label="Search"
        aria-expanded={isOpen && asked !== ''}
        aria-controls="search-results"
        aria-activedescendant={items[picked] ? `found-${picked}` : undefined}
        list={undefined}
        autocomplete="off"
        value={text}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onInput={event => {
          setText(event.currentTarget.value);
          setPicked(0);
          setEntered(false);
          setOpen(true);
        }}
        onKeyDown={onKeyDown}
      />
      <kbd>/</kbd>
      {isOpen && asked && (
        <div class="results" id="search-results" role="listbox" aria-label="Found">
          {items.map((entity, at) => (
            <Found
              key={entity.id}
              entity={entity}
              at={at}
              isPicked={at === picked}
              onPick={() => choose(entity)}
            />
          ))}
          {found.value && items.length === 0 && <p class="quiet">Nothing has “{asked}”.</p>}
          {found.error && <p class="failure">{found.error}</p>}
        </div>
      )}
    </search>
  );
}

interface FoundProps {
  readonly entity: Entity;
  readonly at: number;
  readonly isPicked: boolean;
  onPick(): void;
}

function Found({ entity, at, isPicked, onPick }: FoundProps) {
  const where = (entity.path ?? []).map(step => step.id).filter(id => id !== entity.id);
  return (
    <div
      id={`found-${at}`}
      role="option"
      tabIndex={-1}
      aria-selected={isPicked}
      onMouseDown={event => {
        event.preventDefault();
        onPick();
      }}
    >
      <span class="kind">{entity.kind}</span>
      <b>{entity.title || entity.id}</b>
      <span class="quiet">{where.slice(-3).join(' / ') || entity.parent}</span>
    </div>
  );
}
