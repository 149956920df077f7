import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import type { Figure, HardwareClass } from '../../twin/tables/catalogue.ts';
import { CLASSES, classById } from '../../twin/tables/classes.ts';
import { CONSTANTS, INLET_CLASSES } from '../../twin/tables/constants.ts';
import { ESTIMATES } from '../../twin/tables/estimates.ts';
import { FABRICS } from '../../twin/tables/fabrics.ts';
import { FAULTS, faultById, faultsWith } from '../../twin/tables/faults.ts';
import { KIND_INDEX, KINDS, type Kind } from '../../twin/tables/kinds.ts';
import type { LimitRow } from '../../twin/tables/limit-row.ts';
import { LIMITS } from '../../twin/tables/limits.ts';
import { kindsOf, SIGNALS, type SignalRow } from '../../twin/tables/signals.ts';
import { UNITS } from '../../twin/tables/units.ts';

const SIGNAL_BY_ID = new Map(SIGNALS.map(row => [row.id, row]));

function signalOf(id: string): SignalRow {
  const row = SIGNAL_BY_ID.get(id);
  assert.ok(row, `unknown signal ${id}`);
  return row;
}

const classesOf = (kind: Kind) => CLASSES.filter(row => row.kind === kind);
const named = (id: string): HardwareClass => {
  const row = classById(id);
  assert.ok(row, `no class ${id}`);
  return row;
};
const value = (row: HardwareClass, figure: string) => row.figures[figure]?.value ?? Number.NaN;

function allUnique(what: string, ids: readonly string[]) {
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  assert.deepEqual(twice, [], `${what} that stand twice`);
}

test('every id stands once in its table', () => {
  allUnique(
    'kinds',
    KINDS.flatMap(row => [row.id, row.plural]),
  );
  allUnique(
    'signals',
    SIGNALS.map(row => row.id),
  );
  allUnique(
    'limits',
    LIMITS.map(row => row.id),
  );
  allUnique(
    'classes',
    CLASSES.map(row => row.id),
  );
  allUnique(
    'faults',
    FAULTS.map(row => row.id),
  );
  allUnique(
    'fabrics',
    FABRICS.map(row => row.hostClass),
  );
  allUnique(
    'estimates',
    ESTIMATES.map(row => `${row.kind} ${row.signal}`),
  );
});

test('a kind stands after every kind that may contain it', () => {
  for (const row of KINDS) {
    for (const outer of row.in) {
      assert.ok(KIND_INDEX[outer] < KIND_INDEX[row.id], `${row.id} before ${outer}`);
    }
  }
});

// -- signals --------------------------------------------------------------------------------------

test('the name of a signal ends with its unit', () => {
  const longer = Object.keys(UNITS).sort((a, b) => b.length - a.length);
  for (const row of SIGNALS) {
    // `gpus per second` must not pass as seconds: the longest unit that fits is the one meant
    const suffix = longer.find(unit => row.id.endsWith(unit));
    assert.equal(suffix, row.unit, row.id);
  }
});

test('signals have a title, kinds and a range in order, and are never stale at once', () => {
  for (const row of SIGNALS) {
    assert.ok(row.title && row.kinds.length > 0, row.id);
    assert.ok(row.range[0] < row.range[1], row.id);
    assert.ok(row.staleAfterS > 0, row.id);
    for (const kind of kindsOf(row)) assert.ok(kind in KIND_INDEX, `${row.id} at ${kind}`);
  }
});

// -- limits ---------------------------------------------------------------------------------------

test('a limit judges signals that exist at its kinds and are never shed', () => {
  for (const limit of LIMITS) {
    for (const id of [limit.signal, ...(limit.over ? [limit.over] : [])]) {
      const signal = signalOf(id);
      const kinds = kindsOf(signal);
      for (const kind of limit.at) assert.ok(kinds.includes(kind), `${limit.id}: ${id} at ${kind}`);
      assert.equal(signal.shed, 'limit', `${limit.id}: ${id} may be shed`);
    }
  }
});

test('the value of a limit lies within the range of its signal', () => {
  for (const limit of LIMITS) {
    if (limit.value === undefined || limit.kind === 'ratio') continue;
    const [min, max] = signalOf(limit.signal).range;
    assert.ok(limit.value >= min && limit.value <= max, `${limit.id}: ${limit.value}`);
  }
});

test('each kind of limit has what its judgement needs', () => {
  const planeSignal = {
    power: 'powerLoadW',
    cooling: 'heatW',
    network: 'networkLoadBytesPerS',
  } as const;
  for (const limit of LIMITS) {
    if (limit.kind === 'capacity') {
      assert.equal(limit.signal, limit.plane && planeSignal[limit.plane], limit.id);
      assert.equal(limit.compare, 'max', limit.id);
    } else {
      assert.equal(limit.plane, undefined, limit.id);
    }
    assert.equal(limit.kind === 'ratio', limit.over !== undefined, limit.id);
    assert.equal(limit.kind === 'uniform', limit.within !== undefined, limit.id);
    assert.equal(limit.kind === 'uniform' && limit.value !== undefined, false, limit.id);
    assert.ok(limit.groupBy === undefined || limit.kind === 'uniform', limit.id);
    assert.ok(limit.title && limit.source, `${limit.id}: title and source`);
    assert.ok(limit.forS >= 0 && limit.hysteresisRatio >= 0 && limit.hysteresisRatio < 1, limit.id);
    assert.match(limit.id, /^[a-z][A-Za-z0-9]*$/);
  }
});

/** What fills the threshold of a limit at a kind from a class, as the engine does. */
function thresholds(limit: LimitRow, kind: Kind): number[] {
  const { fromClass } = limit;
  if (!fromClass) return [];
  return classesOf(kind)
    .map(row => value(row, fromClass.figure) * (fromClass.factor ?? 1) + (fromClass.plus ?? 0))
    .filter(threshold => !Number.isNaN(threshold));
}

test('a figure that a limit takes from the class exists there, within range', () => {
  for (const limit of LIMITS) {
    if (!limit.fromClass) continue;
    const all = limit.at.flatMap(kind => thresholds(limit, kind));
    assert.ok(all.length > 0, `${limit.id}: no class has ${limit.fromClass.figure}`);
    const [min, max] = signalOf(limit.signal).range;
    for (const threshold of all) {
      assert.ok(threshold >= min && threshold <= max, `${limit.id}: ${threshold}`);
    }
  }
});

test('every kind of capacity limit finds a value in each class of its kinds', () => {
  for (const limit of LIMITS) {
    const figure = limit.fromClass?.figure;
    if (limit.kind !== 'capacity' || !figure) continue;
    for (const kind of limit.at) {
      for (const row of classesOf(kind)) {
        assert.ok(value(row, figure) > 0, `${limit.id}: ${row.id} lacks ${figure}`);
      }
    }
  }
});

test('limits of a class name limits that exist and can apply to it', () => {
  const byId = new Map(LIMITS.map(row => [row.id, row]));
  for (const row of CLASSES) {
    for (const id of Object.keys(row.limits ?? {})) {
      assert.ok(byId.get(id)?.at.includes(row.kind), `${row.id}: ${id}`);
    }
  }
});

test('the default limits are the figures in common use', () => {
  const at = (id: string) => LIMITS.find(row => row.id === id)?.value;
  const common: Record<string, number> = {
    rackPower: 12_000,
    rackCooling: 15_000,
    pduPower: 2816,
    sitePower: 10e6,
    pue: 1.15,
    edgeOversubscription: 4,
    spineOversubscription: 8,
    uplinkUtil: 0.8,
    crossRackTraffic: 0.3,
    fragmentation: 0.15,
    bmcPollDefault: 1,
    bmcPollOnDemand: 5,
    bmcPollNever: 10,
    disasterCopyDistance: 10_000,
    dewPointMargin: 2,
    containerThrottling: 0.05,
    oomKills: 0,
    packetLoss: 0.001,
    diskSaturation: 0.8,
    inletRecommended: 27,
    inletAllowable: 35,
    pcieWidth: 1,
    pcieSpeed: 1,
  };
  for (const [id, figure] of Object.entries(common)) assert.equal(at(id), figure, id);
});

test('GPU temperatures are acted on before the hardware slows down', () => {
  const h100 = named('h100-sxm5-80gb');
  const at = (id: string) => {
    const from = LIMITS.find(row => row.id === id)?.fromClass;
    assert.ok(from, id);
    return value(h100, from.figure) + (from.plus ?? 0);
  };
  assert.deepEqual([at('gpuTempWarn'), at('gpuTempAct'), at('gpuTempSlowdown')], [84, 87, 89]);
  const margin = (id: string) => LIMITS.find(row => row.id === id)?.value ?? Number.NaN;
  assert.ok(margin('gpuMarginWarn') > margin('gpuMarginAct'));
  assert.ok(margin('gpuMarginAct') > margin('gpuMarginSlowdown'));
});

test('docs/runbooks.md has a section for every limit, and none without a limit', () => {
  const text = readFileSync(new URL('../../docs/runbooks.md', import.meta.url), 'utf8');
  const anchors = [...text.matchAll(/^## (.+)$/gm)].map(match =>
    match[1]
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  allUnique('headings', anchors);
  const wanted = new Set(LIMITS.map(row => row.runbook));
  assert.deepEqual(
    [...wanted].filter(anchor => !anchors.includes(anchor)),
    [],
  );
  assert.deepEqual(
    anchors.filter(anchor => !wanted.has(anchor)),
    [],
  );
});

// -- catalogue ------------------------------------------------------------------------------------

/** Units of figures beyond those of signals. */
const FIGURE_UNITS = [...Object.keys(UNITS), 'U', 'M3', 'Flops', 'KPerW', 'KgPerM3', 'JPerKgK'];

function checkFigure(where: string, figure: Figure) {
  assert.ok(Number.isFinite(figure.value), `${where}: value`);
  assert.match(figure.mark, /^[SMCD]$/, `${where}: mark`);
  assert.ok(figure.source.length > 3, `${where}: source`);
}

test('every figure has a finite value, a mark, a source and a unit in its name', () => {
  for (const row of CLASSES) {
    assert.ok(row.title && row.kind in KIND_INDEX, row.id);
    assert.match(row.id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const [name, figure] of Object.entries(row.figures)) {
      checkFigure(`${row.id} ${name}`, figure);
      assert.ok(
        FIGURE_UNITS.some(unit => name.endsWith(unit)) || name === 'peakFlops',
        `${row.id}: ${name} ends with no unit`,
      );
    }
  }
});

test('parts of a class exist, are of their kind and can stand in it', () => {
  const inside = new Map<Kind, readonly Kind[]>(KINDS.map(row => [row.id, row.in]));
  for (const row of CLASSES) {
    for (const part of row.components ?? []) {
      assert.ok(part.count > 0 && Number.isInteger(part.count), `${row.id} ${part.kind}`);
      assert.ok(inside.get(part.kind)?.includes(row.kind), `${part.kind} in ${row.id}`);
      if (part.class) assert.equal(named(part.class).kind, part.kind, `${row.id}: ${part.class}`);
    }
    allUnique(
      `${row.id} parts`,
      (row.components ?? []).map(part => part.kind),
    );
  }
});

test('figures of one row are in their physical order', () => {
  const orders = [
    ['powerIdleW', 'powerMaxW'],
    ['powerMinCapW', 'powerMaxW'],
    ['powerIdleW', 'powerMinCapW'],
    ['maxOpTempC', 'slowdownTempC'],
    ['slowdownTempC', 'shutdownTempC'],
    ['shutdownMarginK', 'slowdownMarginK'],
    ['inletMinTempC', 'inletMaxTempC'],
    ['coolantFlowMinM3PerS', 'coolantFlowM3PerS'],
    ['fanPowerMaxW', 'powerMaxW'],
    ['powerMaxW', 'coolingLimitW'],
    ['efficiency10Ratio', 'efficiency50Ratio'],
    ['efficiency100Ratio', 'efficiency50Ratio'],
  ];
  let compared = 0;
  for (const row of CLASSES) {
    for (const [less, more] of orders) {
      if (!row.figures[less] || !row.figures[more]) continue;
      compared++;
      assert.ok(value(row, less) < value(row, more), `${row.id}: ${less} < ${more}`);
    }
  }
  assert.ok(compared > 90, `compared ${compared}`);
});

const required = (kind: Kind, figures: readonly string[]) => {
  for (const row of classesOf(kind)) {
    for (const figure of figures) assert.ok(row.figures[figure], `${row.id} lacks ${figure}`);
  }
};

test('classes of a kind have the figures that code looks up', () => {
  const gpu = ['powerIdleW', 'powerMaxW', 'memBytes', 'memBytesPerS', 'peakFlops', 'smCount'];
  required('gpu', [...gpu, 'smMaxClockHz', 'nvlinkCount', 'nvlinkBytesPerS', 'linkMaxBytesPerS']);
  const host = ['powerMaxW', 'powerIdleW', 'heightU', 'airflowM3PerS', 'fanPowerMaxW', 'memBytes'];
  required('host', [...host, 'cpuTdpW', 'inletMaxTempC', 'uplinkBytesPerS']);
  required('psu', ['ratedW', 'powerLimitW']);
  required(
    'psu',
    [10, 20, 50, 100].map(load => `efficiency${load}Ratio`),
  );
  const loss = ['lossNoLoadRatio', 'lossLinearRatio', 'lossSquareRatio'];
  required('ups', ['ratedW', 'powerLimitW', 'batteryJ', ...loss]);
  required('rack', ['powerLimitW', 'coolingLimitW', 'heightU']);
  for (const kind of ['utilityFeed', 'switchgear', 'sts', 'feed', 'pdu'] as const) {
    required(kind, ['powerLimitW']);
  }
  for (const kind of ['tor', 'eor', 'spine'] as const) {
    required(kind, ['portCount', 'portBytesPerS', 'uplinkBytesPerS', 'powerMaxW', 'hopLatencyS']);
    for (const row of classesOf(kind)) assert.match(row.traits?.airflow ?? '', /To/, row.id);
  }
  for (const row of classesOf('rack')) assert.match(row.traits?.cooling ?? '', /^(air|liquid)$/);
});

test('the catalogue has every class that the product names', () => {
  const gpus = ['a100-sxm4-80gb', 'h100-sxm5-80gb', 'h200-sxm5-141gb', 'b200-sxm-180gb'];
  for (const id of [...gpus, 'gb200', 'gb300', 'l40s', 'mi300x']) {
    assert.equal(named(id).kind, 'gpu');
  }
  for (const id of ['dgx-a100', 'dgx-h100', 'dgx-h200', 'dgx-b200', 'gb200-nvl72-tray']) {
    assert.equal(named(id).kind, 'host');
  }
  const types = classesOf('accelerator').map(row => row.traits?.type);
  assert.deepEqual([...new Set(types)].sort(), ['cxlPool', 'dpu', 'fpga', 'npu']);
});

test('the reference host has eight GPUs, two PSUs and two NICs and nothing else', () => {
  const parts = named('reference-8gpu').components?.map(part => [part.kind, part.count]);
  assert.deepEqual(parts, [
    ['gpu', 8],
    ['nic', 2],
    ['psu', 2],
  ]);
});

test('breakers carry 80 % of their rating', () => {
  assert.equal(value(named('pdu-16a-220v'), 'powerLimitW'), 2816);
  assert.equal(value(named('pdu-32a-220v'), 'powerLimitW'), 5632);
  assert.equal(value(named('pdu-63a-400v'), 'powerLimitW'), 34_918);
});

test('the PSUs that a host needs carry its maximum, and it has them', () => {
  for (const row of classesOf('host')) {
    const psus = row.components?.find(part => part.kind === 'psu');
    if (!psus?.class) continue;
    const needed = value(row, 'psuRequiredCount');
    assert.ok(needed >= 1 && needed < psus.count, `${row.id}: ${needed} of ${psus.count}`);
    const carriedW = needed * value(named(psus.class), 'ratedW');
    assert.ok(carriedW >= value(row, 'powerMaxW'), `${row.id}: ${carriedW} W`);
  }
});

test('a host at its maximum has room for its GPUs at theirs, and idles above them', () => {
  for (const row of classesOf('host')) {
    const gpus = row.components?.find(part => part.kind === 'gpu');
    if (!gpus?.class) continue;
    const gpu = named(gpus.class);
    assert.ok(value(row, 'powerMaxW') > gpus.count * value(gpu, 'powerMaxW'), row.id);
    assert.ok(value(row, 'powerIdleW') > gpus.count * value(gpu, 'powerIdleW'), row.id);
  }
});

test('air that leaves an air-cooled host at its maximum is 10-22 K warmer', () => {
  const { airDensityKgPerM3, airHeatJPerKgK } = CONSTANTS;
  for (const row of classesOf('host').filter(host => host.traits?.cooling === 'air')) {
    const flow = value(row, 'airflowM3PerS') * airDensityKgPerM3.value * airHeatJPerKgK.value;
    const riseK = value(row, 'powerMaxW') / flow;
    assert.ok(riseK > 10 && riseK < 22, `${row.id}: ${riseK} K`);
  }
});

test('a class of switch keeps within the oversubscription that the limits allow', () => {
  for (const limit of LIMITS.filter(row => row.signal === 'oversubscriptionRatio')) {
    for (const row of limit.at.flatMap(classesOf)) {
      const ratio = value(row, 'downlinkBytesPerS') / value(row, 'uplinkBytesPerS');
      assert.ok(ratio <= (limit.value ?? 0), `${row.id}: ${ratio}`);
    }
  }
});

test('a UPS loses 5.4 % at a load of 0.3 and 4.2 % at 0.5', () => {
  const ups = named('ups-1mw');
  const [a, b, c] = ['lossNoLoadRatio', 'lossLinearRatio', 'lossSquareRatio'].map(figure =>
    value(ups, figure),
  );
  const efficiency = (x: number) => x / (x + a + b * x + c * x * x);
  assert.ok(Math.abs(efficiency(0.3) - 0.946) < 0.002, `${efficiency(0.3)}`);
  assert.ok(Math.abs(efficiency(0.5) - 0.958) < 0.002, `${efficiency(0.5)}`);
});

// -- fabrics, estimates, faults, constants --------------------------------------------------------

test('every host class has a fabric that fits its parts', () => {
  assert.deepEqual(
    FABRICS.map(row => row.hostClass).sort(),
    classesOf('host')
      .map(row => row.id)
      .sort(),
  );
  for (const row of FABRICS) {
    const host = named(row.hostClass);
    const count = (kind: Kind) => host.components?.find(part => part.kind === kind)?.count ?? 0;
    const numas = count('numa');
    assert.equal(row.numaDistance.length, numas, `${row.hostClass}: NUMA distances`);
    if (numas > 0) {
      assert.equal(row.gpuNuma.length, count('gpu'), `${row.hostClass}: gpuNuma`);
      assert.equal(row.nicNuma.length, count('nic'), `${row.hostClass}: nicNuma`);
    }
    for (const numa of [...row.gpuNuma, ...row.nicNuma]) assert.ok(numa < numas, row.hostClass);
    const switches = count('pcieSwitch');
    assert.equal(row.gpusPerPcieSwitch * switches, switches && count('gpu'), row.hostClass);
    assert.equal(row.nicsPerPcieSwitch * switches, switches && count('nic'), row.hostClass);
    assert.equal(row.gpuLinkBytesPerS > 0, row.gpuLinks !== 'none', row.hostClass);
    const gpuClass = host.components?.find(part => part.kind === 'gpu')?.class;
    if (gpuClass) assert.equal(row.gpuLinkBytesPerS, value(named(gpuClass), 'nvlinkBytesPerS'));
    assert.ok(row.ringBytesPerS <= row.gpuLinkBytesPerS, `${row.hostClass}: ring over its links`);
    assert.match(row.mark, /^[SMCD]$/);
    assert.ok(row.source, row.hostClass);
  }
});

test('NUMA distances are symmetric, 10 at home and larger elsewhere', () => {
  for (const { hostClass, numaDistance } of FABRICS) {
    numaDistance.forEach((line, i) => {
      assert.equal(line.length, numaDistance.length, hostClass);
      line.forEach((distance, j) => {
        assert.equal(distance, numaDistance[j][i], hostClass);
        assert.ok(i === j ? distance === 10 : distance > 10, hostClass);
      });
    });
  }
});

test('estimates name measuring points of one unit at their kind', () => {
  for (const row of ESTIMATES) {
    const target = signalOf(row.signal);
    assert.ok(target.kinds.includes(row.kind), `${row.signal} at ${row.kind}`);
    assert.ok(row.from.length > 0 && !row.from.includes(row.signal), row.signal);
    for (const id of row.from) {
      assert.equal(signalOf(id).unit, target.unit, id);
      assert.ok(kindsOf(signalOf(id)).includes(row.kind), `${id} at ${row.kind}`);
    }
  }
});

test('faults name kinds and signals that fit, and say where they come from', () => {
  for (const row of FAULTS) {
    assert.ok(row.title && row.source && row.kinds.length > 0, row.id);
    assert.match(row.id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    if (!row.signal) continue;
    const kinds = kindsOf(signalOf(row.signal));
    assert.ok(
      row.kinds.some(kind => kinds.includes(kind)),
      `${row.id}: ${row.signal}`,
    );
  }
});

test('every XID from 1 to 172 has one row, with the severity of the public mapping', () => {
  const codes = FAULTS.filter(row => row.signal === 'xidCode').map(row => row.code);
  assert.deepEqual(
    codes,
    Array.from({ length: 172 }, (_, i) => i + 1),
  );
  const is = (code: number) => {
    const row = faultById(`xid-${code}`);
    return `${row?.severity} ${row?.remedy}`;
  };
  assert.equal(is(13), 'nonFatal restartApp');
  assert.equal(is(40), 'nonFatal restartApp');
  assert.equal(is(48), 'fatal drainReset');
  assert.equal(is(54), 'fatal checkPower');
  assert.equal(is(63), 'nonFatal resetAtNextChance');
  assert.equal(is(74), 'fatal nvlinkWorkflow');
  assert.equal(is(79), 'fatal restartHost');
  assert.equal(is(147), 'fatal nvlinkWorkflow');
  assert.equal(is(154), 'info followRecoveryAction');
  assert.equal(is(61), 'fatal service');
  assert.equal(is(170), 'unclassified service');
  assert.ok(faultById('xid-109')?.disputed);
});

test('a site may override a fault, but not one that does not exist', () => {
  const row = faultsWith({ 'xid-109': { severity: 'nonFatal', remedy: 'restartApp' } }).find(
    fault => fault.id === 'xid-109',
  );
  assert.equal(row?.severity, 'nonFatal');
  assert.equal(row?.code, 109);
  assert.equal(faultById('xid-109')?.severity, 'fatal');
  assert.throws(() => faultsWith({ 'xid-9999': {} }), /xid-9999/);
});

test('constants have sources, and inlet classes nest', () => {
  for (const [name, figure] of Object.entries(CONSTANTS)) {
    checkFigure(name, figure);
    assert.ok(
      [...FIGURE_UNITS, 'SPerM', 'BtuPerH', 'Exponent'].some(unit => name.endsWith(unit)),
      `${name} ends with no unit`,
    );
  }
  assert.equal(CONSTANTS.fibreLatencySPerM.value * 1000, 5e-6);
  const [, ...classes] = INLET_CLASSES;
  for (let i = 1; i < classes.length; i++) {
    assert.ok(classes[i].minTempC <= classes[i - 1].minTempC);
    assert.ok(classes[i].maxTempC > classes[i - 1].maxTempC);
  }
});
