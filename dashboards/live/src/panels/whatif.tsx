/** Ask before touching anything: place a gang, drain a host, lose a supply. */
import { useState } from 'preact/hooks';
import { ApiError, post, query } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { Entity, Page } from '../api/types.ts';
import { chosenStore, useApp } from '../app-context.ts';
import { plural } from '../format.ts';
import type { Route } from '../route.ts';
import { createStore, useStore } from '../store.ts';
import { marksOf } from '../whatif/answer.ts';
import { Answer } from '../whatif/answer-card.tsx';
import type { WhatIfAnswer, WhatIfQuestion } from '../whatif/types.ts';

type Mode = 'place' | 'drain' | 'fail' | 'cap' | 'setpoint';

const MODES: readonly (readonly [mode: Mode, title: string])[] = [
  ['place', 'Place'],
  ['drain', 'Drain'],
  ['fail', 'Lose'],
  ['cap', 'Cap'],
  ['setpoint', 'Cool'],
];

interface Asked {
  readonly question: WhatIfQuestion;
  readonly answer?: WhatIfAnswer;
  readonly error?: string;
}

/** How far power and heat are followed, s. */
const HORIZONS: readonly (readonly [seconds: number, title: string])[] = [
  [0, 'the end only'],
  [300, '5 min'],
  [900, '15 min'],
  [3600, '1 h'],
];

/** Outlives the panel: its marks on the floor do too. */
const askedStore = createStore<Asked | undefined>(undefined);

export function WhatIfPanel({ route }: { route: Route }) {
  const { floor } = useApp();
  const [mode, setMode] = useState<Mode>('place');
  const [horizonS, setHorizonS] = useState(900);
  const asked = useStore(askedStore);
  const [isBusy, setBusy] = useState(false);
  const ask = async (change: WhatIfQuestion) => {
    const question = horizonS > 0 ? { ...change, horizonS } : change;
    setBusy(true);
    try {
      const answer = await post<WhatIfAnswer>('whatif', question);
      askedStore.set({ question, answer });
      chosenStore.set(marksOf(answer.where));
    } catch (error) {
      askedStore.set({ question, error: errorText(error) });
      chosenStore.set(new Map());
    }
    setBusy(false);
  };
  return (
    <>
      <fieldset class="segmented wide" aria-label="Kind of question">
        {MODES.map(([id, title]) => (
          <button key={id} type="button" aria-pressed={id === mode} onClick={() => setMode(id)}>
            {title}
          </button>
        ))}
      </fieldset>
      <label class="form-row">
        <span class="quiet">Follow power and heat for</span>
        <select value={horizonS} onChange={event => setHorizonS(Number(event.currentTarget.value))}>
          {HORIZONS.map(([seconds, title]) => (
            <option key={seconds} value={seconds}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {mode === 'place' && <PlaceForm onAsk={ask} isBusy={isBusy} route={route} />}
      {mode === 'drain' && (
        <TargetForm
          label="Host to drain"
          preset={route.view === 'host' ? route.id : ''}
          button="What if it is drained?"
          isBusy={isBusy}
          onAsk={host => ask({ kind: 'WhatIf', drain: { host } })}
        />
      )}
      {mode === 'fail' && (
        <TargetForm
          label="What is lost: feed, PDU, UPS, CRAH, switch …"
          preset={route.view === 'floor' || route.view === 'host' ? '' : route.id}
          button="What if it is lost?"
          isBusy={isBusy}
          onAsk={entity => ask({ kind: 'WhatIf', fail: { entity } })}
        />
      )}
      {mode === 'cap' && (
        <LevelForm
          label="GPUs to cap: all within"
          preset={floor.site?.id ?? ''}
          level={{ label: 'Watts each', min: 50, max: 5000, preset: 500 }}
          button="What if they are capped?"
          isBusy={isBusy}
          onAsk={(under, gpuW) => ask({ kind: 'WhatIf', cap: { under, gpuW } })}
        />
      )}
      {mode === 'setpoint' && (
        <LevelForm
          label="CRAH or CDU, or a place with some"
          preset={route.view === 'hall' ? route.id : (floor.site?.id ?? '')}
          level={{ label: 'Supply, °C', min: 5, max: 60, preset: 24 }}
          button="What if it supplies that?"
          isBusy={isBusy}
          onAsk={(entity, supplyTempC) =>
            ask({ kind: 'WhatIf', setpoint: { entity, supplyTempC } })
          }
        />
      )}
      {asked?.error && (
        <p class="failure" role="alert">
          {asked.error}
        </p>
      )}
      {asked?.answer && <Answer question={asked.question} answer={asked.answer} />}
      <p class="quiet note">Asked on a copy of the live state: nothing is changed.</p>
    </>
  );
}

function errorText(error: unknown): string {
  if (error instanceof ApiError) {
    const more = error.problem.errors?.map(one => `${one.path}: ${one.message}`) ?? [];
    return [error.message, ...more].join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}

interface PlaceProps {
  readonly route: Route;
  readonly isBusy: boolean;
  onAsk(question: WhatIfQuestion): void;
}

const UNDER_KINDS: ReadonlySet<string> = new Set(['hall', 'row', 'rack']);

function PlaceForm({ route, isBusy, onAsk }: PlaceProps) {
  const { floor } = useApp();
  const [gpus, setGpus] = useState(64);
  const [perHost, setPerHost] = useState('');
  const [gpuClass, setGpuClass] = useState('');
  const [under, setUnder] = useState(UNDER_KINDS.has(route.view) ? route.id : '');
  const sample = useResource<Page<Entity>>(`entities?${query({ kind: 'gpu', limit: 1000 })}`);
  const classes = [...new Set((sample.value?.items ?? []).flatMap(gpu => gpu.class ?? []))];
  const places = floor.all.filter(entity => UNDER_KINDS.has(entity.kind));
  const submit = (event: Event) => {
    event.preventDefault();
    const place = {
      gpus,
      ...(perHost ? { perHost: Number(perHost) } : {}),
      ...(gpuClass ? { gpuClass } : {}),
      ...(under ? { under } : {}),
    };
    onAsk({ kind: 'WhatIf', place });
  };
  return (
    <form class="form" onSubmit={submit}>
      <label>
        <span>GPUs</span>
        <input
          type="number"
          min={1}
          max={1_000_000}
          required
          value={gpus}
          onInput={event => setGpus(event.currentTarget.valueAsNumber)}
        />
      </label>
      <label>
        <span>Per host</span>
        <input
          type="number"
          min={1}
          max={1024}
          placeholder="any"
          value={perHost}
          onInput={event => setPerHost(event.currentTarget.value)}
        />
      </label>
      <label>
        <span>Class</span>
        <select value={gpuClass} onChange={event => setGpuClass(event.currentTarget.value)}>
          <option value="">any</option>
          {classes.map(one => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label>
        <span>Within</span>
        <input
          list="places"
          placeholder="whole site"
          value={under}
          onInput={event => setUnder(event.currentTarget.value)}
        />
        <datalist id="places">
          {places.slice(0, 200).map(place => (
            <option key={place.id} value={place.id} />
          ))}
        </datalist>
      </label>
      <button type="submit" class="primary" disabled={isBusy}>
        Where do {Number.isNaN(gpus) ? '…' : plural(gpus, 'GPU')} fit?
      </button>
    </form>
  );
}

interface TargetProps {
  readonly label: string;
  readonly preset: string;
  readonly button: string;
  readonly isBusy: boolean;
  onAsk(id: string): void;
}

function TargetForm({ label, preset, button, isBusy, onAsk }: TargetProps) {
  const [id, setId] = useState(preset);
  return (
    <form
      class="form"
      onSubmit={event => {
        event.preventDefault();
        onAsk(id.trim());
      }}
    >
      <label class="full">
        <span>{label}</span>
        <input required value={id} onInput={event => setId(event.currentTarget.value)} />
      </label>
      <button type="submit" class="primary" disabled={isBusy}>
        {button}
      </button>
    </form>
  );
}

interface LevelProps extends Omit<TargetProps, 'onAsk'> {
  readonly level: {
    readonly label: string;
    readonly min: number;
    readonly max: number;
    readonly preset: number;
  };
  onAsk(id: string, value: number): void;
}

function LevelForm({ label, preset, level, button, isBusy, onAsk }: LevelProps) {
  const [id, setId] = useState(preset);
  const [value, setValue] = useState(level.preset);
  return (
    <form
      class="form"
      onSubmit={event => {
        event.preventDefault();
        onAsk(id.trim(), value);
      }}
    >
      <label>
        <span>{label}</span>
        <input required value={id} onInput={event => setId(event.currentTarget.value)} />
      </label>
      <label>
        <span>{level.label}</span>
        <input
          type="number"
          required
          min={level.min}
          max={level.max}
          value={value}
          onInput={event => setValue(event.currentTarget.valueAsNumber)}
        />
      </label>
      <button type="submit" class="primary" disabled={isBusy}>
        {button}
      </button>
    </form>
  );
}
