/** A BMC read by ipmitool, as a source. */
import { BmcRecord, type BmcSource } from '../bmc/bmc-source.ts';
import {
  type BmcSchedule,
  type PollMode,
  type PollOutcome,
  sharedBmcSchedule,
} from '../bmc/schedule.ts';
import { wallTimers } from '../bmc/timers.ts';
import type { SourceContext } from '../contract.ts';
import {
  type IpmitoolSourceConfig,
  type IpmitoolSourceInput,
  ipmitoolSourceConfig,
} from './config.ts';
import { parseDcmiPower, parseFields, parseSdr, parseSel, parseTime } from './parse.ts';
import {
  type IpmiFound,
  type IpmiMachine,
  interpretChassis,
  interpretDcmi,
  interpretMcInfo,
  interpretSdr,
} from './readings.ts';
import { createRunner, type Ran, type RunIpmitool } from './run.ts';
import { createSelReader, type SelReader } from './sel.ts';

/** One command of a poll. */
interface Step {
  readonly command: readonly string[];
  readonly every: 'fast' | 'health' | 'inventory';
  /** Tells the power: what a faster rate is asked for. */
  readonly bearsPower?: true;
  /** Lists the log, which is wanted only when it says that it has changed. */
  readonly isLog?: true;
  take(text: string, sentMs: number): void;
  dueMs: number;
  /** The BMC does not know the command; asked again with the inventory. */
  unsupported: boolean;
}

/** @throws ZodError for a bad configuration */
export function createIpmitoolSource(
  config: IpmitoolSourceInput,
  context: SourceContext,
  schedule: BmcSchedule = sharedBmcSchedule('process'),
): BmcSource {
  return new IpmitoolBmc(ipmitoolSourceConfig.parse(config), context, schedule).source();
}

class IpmitoolBmc {
  readonly #config: IpmitoolSourceConfig;
  readonly #context: SourceContext;
  readonly #record: BmcRecord;
  readonly #run: RunIpmitool;
  readonly #sel: SelReader;
  readonly #steps: readonly Step[];
  #poweredOn: boolean | undefined;
  /** What the log said of itself when it was last read. */
  #selState: string | undefined;
  #isSelStale = true;

  constructor(config: IpmitoolSourceConfig, context: SourceContext, schedule: BmcSchedule) {
    this.#config = config;
    this.#context = context;
    const target = `${config.address}:${config.port}`;
    this.#record = new BmcRecord({ ...config, target }, context, schedule);
    this.#run = createRunner(config);
    this.#sel = createSelReader({
      ...{ source: config.id, entity: config.host, clock: () => this.#record.clock.bounds },
      emit: event => context.port.event(event),
      drop: (why, count) => this.#record.drop(why, count),
    });
    this.#steps = this.#createSteps();
  }

  /** Stopping ends the command under way; ipmitool holds no session between commands. */
  source(): BmcSource {
    return this.#record.source((signal, mode) => this.#poll(signal, mode));
  }

  #createSteps(): Step[] {
    const step = (
      command: string,
      every: Step['every'],
      take: Step['take'],
      extra: Partial<Step> = {},
    ): Step => ({
      ...{ command: command.split(' '), every, take, dueMs: 0, unsupported: false, ...extra },
    });
    const power = { bearsPower: true } as const;
    const newest = Math.max(1, this.#config.logBacklog);
    return [
      step('chassis status', 'health', text => this.#takeChassis(text)),
      step('dcmi power reading', 'fast', text => this.#takeDcmi(text), power),
      step('sdr elist full', 'fast', text => this.#takeSdr(text, 'fast'), power),
      step('sdr elist compact', 'health', text => this.#takeSdr(text, 'health')),
      step('sel time get', 'health', (text, sentMs) => this.#takeTime(text, sentMs)),
      step('sel info', 'health', text => this.#takeSelInfo(text)),
      step(`sel elist last ${newest}`, 'health', text => this.#takeSel(text), { isLog: true }),
      step('mc info', 'inventory', text =>
        this.#offer(interpretMcInfo(parseFields(text), this.#machine('inventory'))),
      ),
    ];
  }

  async #poll(signal: AbortSignal, mode: PollMode): Promise<PollOutcome> {
    let read = 0;
    let failed = 0;
    for (const step of this.#due(mode)) {
      if (signal.aborted) break;
      const sentMs = this.#context.clock.now();
      const ran = await this.#run(step.command, signal);
      step.dueMs = wallTimers.now() + this.#intervalMs(step.every);
      if (ran.ok) {
        read++;
        step.take(ran.text, sentMs);
        this.#record.deliver(true);
      } else if (this.#isUnsupported(step, ran)) read++;
      else {
        failed++;
        this.#record.fail(`${step.command.join(' ')}: ${ran.error}`);
        this.#record.drop('command failed', 1);
        // a session that cannot be made will not be made by the next command
        if (read === 0) break;
      }
    }
    this.#record.deliver(true);
    if (read === 0 && failed > 0) return { result: 'failed' };
    return { result: failed > 0 ? 'partial' : 'ok' };
  }

  *#due(mode: PollMode): Generator<Step> {
    const [first] = this.#steps;
    if (mode === 'boost') {
      const power = this.#steps.find(step => step.bearsPower && !step.unsupported);
      yield power ?? first;
      return;
    }
    const dueMs = wallTimers.now() + this.#intervalMs('fast') / 2;
    let any = false;
    for (const step of mode === 'probe' ? [first] : this.#steps) {
      const isWanted = !step.isLog || this.#isSelStale;
      if (mode !== 'probe' && (step.dueMs > dueMs || !isWanted)) continue;
      any = true;
      yield step;
    }
    // nothing due is no sign of life
    if (!any) yield first;
  }

  #isUnsupported(step: Step, ran: Ran & { ok: false }): boolean {
    if (!ran.unsupported) return false;
    step.unsupported = true;
    step.dueMs = wallTimers.now() + this.#intervalMs('inventory');
    this.#record.drop(`not supported: ${step.command.join(' ')}`, 1);
    return true;
  }

  #intervalMs(every: Step['every']): number {
    const { intervalS, healthIntervalS, inventoryIntervalS } = this.#config;
    const seconds = { fast: intervalS, health: healthIntervalS, inventory: inventoryIntervalS };
    return this.#record.wallMs(seconds[every]);
  }

  #machine(every: Step['every']): IpmiMachine {
    const { speed } = this.#context.clock;
    const slackMs = 2 * this.#config.pollBudgetS * 1_000 * speed;
    return {
      ...{ kind: this.#config.entityKind, poweredOn: this.#poweredOn },
      atMs: this.#context.clock.now(),
      holdMs: 3 * this.#intervalMs(every) * speed + slackMs,
    };
  }

  #offer(found: IpmiFound): void {
    for (const candidate of found.candidates) this.#record.arbiter.offer(candidate);
    for (const { origin, why } of found.drops) {
      this.#record.arbiter.withdraw(origin);
      this.#record.drop(why);
    }
  }

  #takeSdr(text: string, every: Step['every']): void {
    const { lines, strange } = parseSdr(text);
    this.#record.drop('sensor line not understood', strange.length);
    this.#offer(interpretSdr(lines, this.#machine(every)));
  }

  #takeDcmi(text: string): void {
    this.#offer(interpretDcmi(parseDcmiPower(text), this.#machine('fast')));
  }

  #takeChassis(text: string): void {
    const fields = parseFields(text);
    const power = fields.get('system power');
    this.#poweredOn = power === undefined ? undefined : power === 'on';
    this.#offer(interpretChassis(fields, this.#machine('health')));
  }

  #takeTime(text: string, sentMs: number): void {
    const statedMs = parseTime(text);
    if (statedMs === undefined) this.#record.drop('clock of the BMC is not set');
    else this.#record.clock.observe(statedMs, 1_000, sentMs, this.#context.clock.now());
  }

  #takeSelInfo(text: string): void {
    const fields = parseFields(text);
    const state = `${fields.get('entries')} ${fields.get('last add time')}`;
    this.#isSelStale = state !== this.#selState;
    this.#selState = state;
  }

  #takeSel(text: string): void {
    const { entries, strange } = parseSel(text);
    this.#record.drop('log line not understood', strange.length);
    this.#sel.take(entries, this.#context.clock.now());
    this.#isSelStale = false;
  }
}
