import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  defaultFaults,
  describeFaults,
  FAULT_KINDS,
  type Fault,
} from '../../scenarios/plant/faults.ts';
import { renderKubeState } from '../../scenarios/plant/pages/kube-state-metrics.ts';
import { squareMean } from '../../scenarios/plant/physics/load.ts';
import { bmcPowerW, gpuTempC, inletTempC, outletPowerW } from '../../scenarios/plant/readings.ts';
import { clear, inject, type Simulation } from '../../scenarios/plant/simulation.ts';
import { checkSite, type PlantSite, smallSite } from '../../scenarios/plant/site.ts';
import { readTruth, siteTruth, stateHash } from '../../scenarios/plant/truth.ts';
import { createPlant, runPlant as run, total } from '../support/plant.ts';

const simulate = (
  seconds: number,
  faults: readonly Fault[] | typeof defaultFaults = [],
  site?: PlantSite,
) => {
  const simulation = createPlant({ site, faults });
  run(simulation, seconds);
  return simulation;
};

const near = (got: number, want: number, relative = 1e-9) =>
  assert.ok(
    Math.abs(got - want) <= relative * Math.max(1, Math.abs(want)),
    `${got} is not ${want}`,
  );

test('same seed and instant give the same truth, however often the plant is asked', () => {
  const once = simulate(300);
  const often = simulate(0);
  for (let at = 1; at <= 300; at++) {
    if (at % 7 === 0) readTruth(often);
    run(often, 1);
  }
  assert.equal(stateHash(once), stateHash(often));
  assert.notEqual(stateHash(once), stateHash(simulate(301)));
  assert.notEqual(stateHash(once), stateHash(simulate(300, [], smallSite({ seed: 2 }))));
});

test('energy in = heat out + heat stored, and powers add up at every level', () => {
  const simulation = simulate(900, defaultFaults);
  const { state, layout } = simulation;
  const { inJ, outJ, storedJ, itPowerW } = siteTruth(simulation);
  assert.ok(inJ > 1e6);
  near(inJ, outJ + storedJ);
  for (let host = 0; host < layout.hostCount; host++) {
    const { host: hosts } = state;
    near(hosts.powerW[host], hosts.dcPowerW[host] + hosts.psuLossW[host]);
    const gpus = state.gpu.powerW.subarray(layout.gpuStart[host], layout.gpuStart[host + 1]);
    near(hosts.gpuPowerW[host], total(gpus));
    const supplies = state.psu.inputW.subarray(layout.psuStart[host], layout.psuStart[host + 1]);
    near(hosts.powerW[host], total(supplies));
  }
  near(total(state.pdu.powerW) - total(state.pdu.lossW), itPowerW);
  near(total(state.ups.outputW), total(state.pdu.powerW));
  near(total(state.rack.powerW), total(state.pdu.powerW));
  const airW = total(state.rack.airHeatW);
  near(total(state.crah.heatW), airW);
});

test('a direct-to-chip rack gives most of its heat to the loop', () => {
  const base = smallSite({ racksPerRow: 2, gpuClass: 'b200' });
  const racks = base.racks.map((rack, at) => (at === 0 ? { ...rack, cdu: 'cdu-1' } : rack));
  const simulation = simulate(600, [], { ...base, racks, cdus: [{ id: 'cdu-1' }] });
  const { rack, cdu } = simulation.state;
  near(rack.liquidHeatW[0], 0.85 * (rack.liquidHeatW[0] + rack.airHeatW[0]), 1e-6);
  near(cdu.heatW[0], rack.liquidHeatW[0]);
  assert.equal(rack.liquidHeatW[1], 0);
  assert.ok(cdu.returnTempC[0] > cdu.supplyTempC[0] + 1);
});

test('the mean of the square wave over a step is exact', () => {
  const positive = fc.double({ min: 0.1, max: 60, noNaN: true });
  fc.assert(
    fc.property(
      positive,
      positive,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (from, period, duty) => {
        const whole = squareMean(from, 5 * period, period, duty * period);
        assert.ok(Math.abs(whole - duty) < 1e-9);
        const part = squareMean(from, 1, period, duty * period);
        assert.ok(part >= -1e-9 && part <= 1 + 1e-9);
      },
    ),
  );
  assert.equal(squareMean(0, 1, 4, 2), 1);
  assert.equal(squareMean(2, 1, 4, 2), 0);
  assert.equal(squareMean(1.5, 1, 4, 2), 0.5);
});

test('training shows as a square wave in step over its gang', () => {
  const simulation = simulate(60, [], smallSite({ racksPerRow: 8 }));
  const { book, state } = simulation;
  const gang = [...book.running.values()].find(
    job => job.kind === 'training' && job.hosts.length > 1,
  )!;
  const [first, other] = [gang.gpus[0], gang.gpus.at(-1)!];
  const seen: number[] = [];
  let apartW = 0;
  for (let second = 0; second < 60; second++) {
    run(simulation, 1);
    seen.push(state.gpu.powerW[first]);
    apartW = Math.max(apartW, Math.abs(state.gpu.powerW[first] - state.gpu.powerW[other]));
  }
  assert.ok(Math.max(...seen) - Math.min(...seen) > 250, 'no square wave');
  assert.ok(Math.max(...seen) > 500 && Math.min(...seen) < 400);
  assert.ok(apartW < 60, `gang is out of step by ${apartW} W`);
});

test('a throttled member slows its gang, which goes on in step', () => {
  const site = smallSite({ racksPerRow: 8 });
  const ofGang = ({ book }: Simulation) =>
    [...book.running.values()].find(job => job.kind === 'training' && job.hosts.length > 1)!;
  const sound = simulate(1200, [], site);
  const gang = ofGang(sound);
  const entity = site.hosts[gang.hosts[0]].id;
  const hot = simulate(1200, [{ id: 'hot', kind: 'gpuHot', entity, magnitude: 3 }], site);
  const { gpu } = hot.state;
  const [slow, quick] = [gang.gpus[0], gang.gpus.at(-1)!];
  const [before, startS] = [ofGang(hot).iterations, hot.state.nowS];
  const busy = [0, 0];
  let mostStep = 0;
  for (let second = 0; second < 600; second++) {
    const from = ofGang(hot).iterations;
    run(hot, 1);
    mostStep = Math.max(mostStep, ofGang(hot).iterations - from);
    [slow, quick].forEach((at, i) => {
      busy[i] += gpu.smRatio[at] / 600;
    });
  }
  const perS = (ofGang(hot).iterations - before) / (hot.state.nowS - startS);
  assert.ok(perS * gang.periodS < 0.93, `${perS * gang.periodS} of its iterations`);
  assert.ok(mostStep <= 1 / gang.periodS + 1e-9, 'a wave jumped');
  assert.ok(busy[0] > busy[1] * 1.1, `busy ${busy[0]} and ${busy[1]}: the others wait`);
});

test('a sound plant stays within the limits of its hardware for hours', () => {
  const simulation = simulate(0, [], smallSite({ racksPerRow: 20 }));
  const { state, layout } = simulation;
  for (let minute = 0; minute < 120; minute++) {
    run(simulation, 60);
    assert.ok(Math.max(...state.gpu.tempC) < 82);
    assert.ok(Math.max(...state.gpu.memTempC) < 85);
    assert.ok(Math.max(...state.gpu.powerW) <= 700);
    assert.ok(Math.max(...state.host.powerW) < 10_200);
    assert.ok(Math.max(...state.rack.powerW) < 44_000);
    const inlets = Array.from({ length: layout.hostCount }, (_, at) => inletTempC(simulation, at));
    assert.ok(Math.max(...inlets) <= 26 && Math.min(...inlets) >= 18);
  }
  assert.equal(total(state.gpu.thermalThrottledS), 0);
  assert.equal(total(state.gpu.xid), 0);
});

test('the demo faults leave their marks in the readings', () => {
  const simulation = simulate(900, defaultFaults, smallSite({ racksPerRow: 20 }));
  const { state, layout, faults } = simulation;
  const at = (kind: string) => faults.get(`demo-${kind}`)!.target;
  let hottestC = 0;
  for (let second = 0; second < 120; second++) {
    run(simulation, 1);
    hottestC = Math.max(hottestC, gpuTempC(simulation, at('gpuHot').index));
  }
  assert.ok(hottestC > 87 && hottestC < 92, `hot GPU reads ${hottestC}`);
  assert.ok(state.gpu.thermalThrottledS[at('gpuHot').index] > 60);
  assert.equal(state.gpu.pcieWidth[at('pcieWidth').index], 8);
  assert.equal(outletPowerW(simulation, at('psuFailed').index), 0);
  assert.equal(inletTempC(simulation, at('inletStuck').host), 19);
  const drifting = at('powerDrift').host;
  assert.ok(bmcPowerW(simulation, drifting) > 1.02 * state.host.bmcPowerW[drifting]);
  assert.equal(state.gpu.xid[at('xid94').index], 94);
  assert.ok(state.sel[at('xid94').host].some(entry => entry.message.includes('ECC')));
  const cords = readTruth(simulation).miscabled;
  assert.equal(cords.length, 3);
  assert.equal(cords[0].host, layout.site.hosts[at('miscabled').host].id);
  const warm = state.rack.inletTempC.filter(tempC => tempC > 26.5).length;
  assert.ok(warm > 0 && warm < layout.rackHosts.length / 2, `${warm} warm racks`);
  assert.equal(describeFaults(faults).length, faults.size);
});

test('every kind of fault can be switched on and off, and leaves the plant running', () => {
  for (const kind of FAULT_KINDS) {
    const simulation = simulate(10, [], { ...smallSite(), cdus: [{ id: 'cdu-1' }] });
    const entity = { host: 'host-2', gpu: 'host-2', psu: 'host-2', pdu: 'row-1-rack-1-pdu-a' };
    const site = { ups: 'ups-a', crah: 'row-1-crah-1', cdu: 'cdu-1' };
    const fault = { id: 'x', kind: kind.id, entity: { ...entity, ...site }[kind.on] };
    const before = simulation.state.psu.pdu.slice();
    assert.deepEqual(inject(simulation, fault), { ok: true });
    run(simulation, 60);
    assert.equal(inject(simulation, fault).ok, false);
    assert.deepEqual(clear(simulation, 'x'), { ok: true });
    run(simulation, 10);
    assert.deepEqual(simulation.state.psu.pdu, before);
    near(siteTruth(simulation).inJ, siteTruth(simulation).outJ + siteTruth(simulation).storedJ);
  }
});

test('losing one PDU moves its load to the other feed', () => {
  const simulation = simulate(120);
  const { state } = simulation;
  const beforeW = state.pdu.powerW[1];
  inject(simulation, { id: 'trip', kind: 'pduTripped', entity: 'row-1-rack-1-pdu-a' });
  run(simulation, 1);
  assert.equal(state.pdu.powerW[0], 0);
  assert.ok(state.pdu.powerW[1] > 1.6 * beforeW);
});

/** All that faults take and give back. */
const taken = ({ state }: Simulation) => {
  const { gpu, host, psu, pdu, ups, crah, cdu } = state;
  return {
    ...{ gpu: [gpu.lost, gpu.resistanceFactor, gpu.pcieWidth] },
    ...{ host: [host.offBy, host.inletStuckC, host.dcgmDropout, host.bmcDelayS, host.driverOld] },
    ...{ traffic: [host.netErrorPerS], psu: [psu.ok, psu.pdu, psu.outlet], pdu: [pdu.live] },
    ...{ ups: [ups.hasOutput, ups.onBattery], cdu: [cdu.hasWater] },
    ...{ crah: [crah.running, crah.hasWater, crah.fanFactor] },
  };
};

test('of two faults at one place, the one that ends gives back only what it took', () => {
  const base = smallSite({ racksPerRow: 1, hostsPerRack: 1 });
  const oneRack = { ...base, racks: [{ ...base.racks[0], cdu: 'cdu-1' }], cdus: [{ id: 'cdu-1' }] };
  const entity = { host: 'host-1', gpu: 'host-1', psu: 'host-1', pdu: 'row-1-rack-1-pdu-a' };
  const places = { ...entity, ups: 'ups-a', crah: 'row-1-crah-1', cdu: 'cdu-1' };
  const faults = FAULT_KINDS.map(({ id, on }): Fault => ({ id, kind: id, entity: places[on] }));
  const withFaults = (...all: readonly Fault[]) => {
    const simulation = simulate(0, [], oneRack);
    for (const fault of all) assert.deepEqual(inject(simulation, fault), { ok: true });
    // so that a UPS without its mains gives nothing
    simulation.state.ups.chargeRatio.fill(0);
    run(simulation, 1);
    return simulation;
  };
  const sound = taken(withFaults());
  for (const one of faults) {
    const alone = taken(withFaults(one));
    for (const other of faults.filter(({ id }) => id !== one.id)) {
      const both = withFaults(one, other);
      assert.deepEqual(clear(both, other.id), { ok: true });
      both.state.ups.chargeRatio.fill(both.state.ups.onBattery[0] === 1 ? 0 : 1);
      run(both, 1);
      assert.deepEqual(taken(both), alone, `${other.id} ends, ${one.id} does not`);
      assert.deepEqual(clear(both, one.id), { ok: true });
      run(both, 1);
      assert.deepEqual(taken(both), sound, `${other.id} and ${one.id} have ended`);
    }
  }
});

test('two hosts on wrong outlets of one PDU have outlets of their own', () => {
  const simulation = simulate(10, [
    { id: 'one', kind: 'miscabled', entity: 'host-1' },
    { id: 'other', kind: 'miscabled', entity: 'host-2' },
  ]);
  const plugs = readTruth(simulation).miscabled.map(({ pdu, outlet }) => `${pdu} ${outlet}`);
  assert.equal(new Set(plugs).size, 6, plugs.join(', '));
  const again = { id: 'again', kind: 'miscabled', entity: 'host-1' };
  assert.match(JSON.stringify(inject(simulation, again)), /'one' is this fault there already/);
});

test('a GPU that fell off the bus takes its jobs along and its host out of service', () => {
  const simulation = simulate(60);
  const { book, state, layout } = simulation;
  const job = [...book.running.values()].find(of => of.kind === 'training')!;
  const host = job.hosts[0];
  const [id, slot] = [layout.site.hosts[host].id, job.gpus[0] - layout.gpuStart[host]];
  inject(simulation, { id: 'lost', kind: 'gpuLost', entity: id, slot });
  assert.ok([...book.running.values()].every(({ name }) => name !== job.name));
  assert.equal(book.pending[0].gpuCount >= 1, true);
  run(simulation, 120);
  const used = [...book.running.values()].flatMap(of => [...of.gpus]);
  assert.ok(used.every(gpu => layout.gpuHost[gpu] !== host));
  const allocatable = `resource="nvidia_com_gpu",unit="integer"} ${state.gpu.lost.length / 16 - 1}`;
  const page = renderKubeState(simulation);
  assert.ok(page.includes(`kube_node_status_allocatable{node="${id}",${allocatable}`));
  assert.ok(page.includes(`kube_node_spec_unschedulable{node="${id}"} 1`));
  clear(simulation, 'lost');
  assert.ok(renderKubeState(simulation).includes(`kube_node_spec_unschedulable{node="${id}"} 0`));
});

test('faults that make no sense are refused with the field that is wrong', () => {
  const simulation = simulate(0);
  const reason = (fault: Fault) => {
    const answer = inject(simulation, fault);
    return answer.ok ? 'ok' : answer.reason;
  };
  assert.match(reason({ id: 'a', kind: 'nope', entity: 'host-1' }), /^kind: 'nope' is none of/);
  assert.match(reason({ id: 'a', kind: 'gpuHot', entity: 'host-99' }), /^entity: no gpu 'host-99'/);
  assert.match(reason({ id: 'a', kind: 'gpuHot', entity: 'host-1', slot: 8 }), /slot 8/);
  assert.match(reason({ id: '', kind: 'gpuHot', entity: 'host-1' }), /^id: missing/);
  const answer = clear(simulation, 'a');
  assert.ok(!answer.ok);
});

test('readings are quantised as the real sensors are', () => {
  const simulation = simulate(60);
  for (let host = 0; host < simulation.layout.hostCount; host++) {
    assert.equal(bmcPowerW(simulation, host) % 4, 0);
    assert.ok(Number.isInteger(inletTempC(simulation, host)));
  }
  for (let gpu = 0; gpu < simulation.layout.gpuCount; gpu++) {
    assert.ok(Number.isInteger(gpuTempC(simulation, gpu)));
  }
});

test('a plant that fell behind makes a bounded number of steps a call', () => {
  const simulation = simulate(0);
  const lagS = run(simulation, 5000, 100);
  assert.equal(simulation.state.nowS, 100);
  assert.equal(lagS, 4899);
});

test('a site with dangling references is refused, every fault named', () => {
  const site = smallSite();
  const broken: PlantSite = {
    ...site,
    racks: [...site.racks, { id: 'row-1-rack-1', crahs: ['gone'] }],
    hosts: site.hosts.map((host, at) => (at === 0 ? { ...host, rack: 'nowhere' } : host)),
  };
  const problems = checkSite(broken);
  assert.ok(problems.includes("racks: 'row-1-rack-1' occurs twice"));
  assert.ok(problems.includes("racks.row-1-rack-1.crahs: no such id 'gone'"));
  assert.ok(problems.includes("hosts.host-1.rack: no such id 'nowhere'"));
  assert.throws(() => simulate(0, [], broken), RangeError);
});
