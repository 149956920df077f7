/** Metrics that are written as for `/metrics`: alerts, sources, qualities, the end of forecasts. */
import { writeForecasts } from '../../metrics/forecasts.ts';
import { placesOf } from '../../metrics/places.ts';
import { STATUS } from '../../metrics/status.ts';
import type { Writer } from '../../metrics/writer.ts';
import type { Service } from '../../service.ts';
import { type Labels, labelsOf, METRIC_NAME } from '../labels.ts';
import { type Family, fitsAll, gauge, presentSeries } from './family.ts';

const PAGES: typeof STATUS = [
  ...STATUS,
  {
    names: /^orrery_(\w+_forecast(_\w+)?|time_to_limit_seconds)$/,
    write: (writer, service) =>
      writeForecasts(writer, service, placesOf(service.live.twin.topology)),
  },
];

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** @param name only the pages that may have it; all of them unless given. */
export function pageFamilies(service: Service, name?: string): Family[] {
  const pages = PAGES.filter(({ names }) => name === undefined || names.test(name));
  return pages.flatMap(({ write }) => {
    const { writer, families } = collector();
    write(writer, service);
    const nowMs = service.live.clock.now();
    return [...families.values()].map(family => familyOf(family, nowMs));
  });
}

interface Collected {
  readonly name: string;
  readonly help: string;
  readonly samples: Sample[];
}

function familyOf({ name, help, samples }: Collected, nowMs: number): Family {
  return {
    name,
    help: gauge(help),
    exists: () => samples.length > 0,
    async select({ matchers, budget }) {
      const found = samples.filter(({ labels }) => fitsAll(labels, matchers));
      budget.addSeries(found.length);
      return found.map(({ labels, value }) => presentSeries(labels, value, nowMs));
    },
    async visit({ matchers }, each) {
      for (const { labels } of samples) if (fitsAll(labels, matchers)) each(labels);
    },
  };
}

/** A writer that keeps what is written as it is meant. */
function collector() {
  const families = new Map<string, Collected>();
  let open: Collected | undefined;
  const writer: Writer = {
    family(name, help) {
      open = families.get(name) ?? { name, help, samples: [] };
      families.set(name, open);
    },
    sample(text, value) {
      if (!open) throw new Error('a sample without a family');
      open.samples.push({ labels: labelsOfText(open.name, text), value });
    },
    isFull: false,
    leaveOut() {},
    end: () => '',
  };
  return { writer, families };
}

/** @param text as between the braces of the page. */
function labelsOfText(name: string, text: string): Labels {
  const pairs = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/gs)].map(
    ([, label, value]) => [label, unescaped(value)] as const,
  );
  return labelsOf([[METRIC_NAME, name], ...pairs]);
}

const unescaped = (text: string) =>
  text.replace(/\\(.)/gs, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
