/**
 * The power chain, grid to PSU. `ratedW` is the nameplate, `powerLimitW` what may be drawn for
 * hours. Loss of transformers, UPSs and floor PDUs with load x of the rating:
 * `loss / ratedW = lossNoLoadRatio + lossLinearRatio * x + lossSquareRatio * x * x`.
 */
import type { Figure, Figures, HardwareClass } from '../catalogue.ts';
import { CONSTANTS } from '../constants.ts';
import { PSU_RATINGS } from '../physics/power.ts';
import { chosen, computed, plainClass, recalled, seen } from './figure.ts';

const TRADE_SIZE = 'Common size in the trade';

/** Nameplate and limit alike: machines rated for continuous duty. */
const rated = (watts: number, source: string): Figures => ({
  ratedW: chosen(watts, source),
  powerLimitW: computed(watts, 'Continuous duty at the nameplate'),
});

const CONTINUOUS_RATIO = CONSTANTS.breakerContinuousRatio.value;

/** What a circuit may carry for hours: 80 % of its breaker. */
const circuit = (ratedA: number, ratedV: number, breakerW: number, what: string): Figures => ({
  ratedA: chosen(ratedA, TRADE_SIZE),
  ratedV: chosen(ratedV, TRADE_SIZE),
  powerLimitW: computed(
    Math.round(breakerW * CONTINUOUS_RATIO),
    `80 % of ${what} of ${ratedA} A at ${ratedV} V: breakers carry 80 % continuously`,
  ),
});
const single = (a: number, v: number) => circuit(a, v, a * v, 'one phase');
/** `v` is between phases. */
const three = (a: number, v: number) => circuit(a, v, Math.sqrt(3) * a * v, 'three phases');

/** Default double-conversion curve: 94.6 % at a load of 0.3, 95.8 % at 0.5. */
export const UPS_LOSS = {
  lossNoLoadRatio: recalled(0.012, 'Double conversion, typical'),
  lossLinearRatio: recalled(0.012, 'Double conversion, typical'),
  lossSquareRatio: recalled(0.016, 'Double conversion, typical'),
} as const satisfies Figures;

const BATTERY_S = 300;

const ups = (id: string, title: string, watts: number): HardwareClass => ({
  ...plainClass('ups', id, title, {
    ...rated(watts, TRADE_SIZE),
    ...UPS_LOSS,
    batteryJ: computed(watts * BATTERY_S, 'Five minutes at the nameplate'),
  }),
  components: [{ kind: 'battery', count: 1 }],
});

const { platinum: PLATINUM, titanium: TITANIUM } = PSU_RATINGS;

type PsuFigures = Figures & { readonly efficiency100Ratio: Figure };

const psu = (id: string, title: string, ratedW: Figure, curve: PsuFigures): HardwareClass =>
  plainClass('psu', id, title, {
    ratedW,
    powerLimitW: computed(
      Math.round(ratedW.value / curve.efficiency100Ratio.value),
      'Input at rated output',
    ),
    ...curve,
  });

export const POWER_CLASSES: readonly HardwareClass[] = [
  plainClass(
    'utilityFeed',
    'utility-10mw',
    'Utility feed, 10 MW',
    rated(10e6, 'Common campus figure'),
  ),
  plainClass('utilityFeed', 'utility-20mw', 'Utility feed, 20 MW', rated(20e6, TRADE_SIZE)),
  plainClass('transformer', 'transformer-2500kva', 'Transformer, 2.5 MVA', {
    ...rated(2.375e6, '2,500 kVA at a power factor of 0.95'),
    lossNoLoadRatio: recalled(0.001, 'Efficient dry type'),
    lossLinearRatio: chosen(0, 'Iron and copper losses have no linear part'),
    lossSquareRatio: recalled(0.009, 'Efficient dry type'),
  }),
  plainClass('switchgear', 'switchgear-4000a-400v', 'Switchgear, 4,000 A 400 V', three(4000, 400)),
  plainClass('switchgear', 'switchgear-1600a-400v', 'Switchgear, 1,600 A 400 V', three(1600, 400)),
  plainClass('generator', 'generator-2mw', 'Generator, 2 MW', {
    ...rated(2e6, TRADE_SIZE),
    startS: recalled(10, 'NFPA 110 type 10: carries load within 10 s'),
  }),
  plainClass('sts', 'sts-800a-400v', 'Static transfer switch, 800 A 400 V', {
    ...three(800, 400),
    transferS: recalled(0.005, 'A quarter of a cycle'),
  }),
  ups('ups-250kw', 'UPS, 250 kW', 250e3),
  ups('ups-500kw', 'UPS, 500 kW', 500e3),
  ups('ups-1mw', 'UPS, 1 MW', 1e6),
  ups('ups-1500kw', 'UPS, 1.5 MW', 1.5e6),
  plainClass('battery', 'battery-rack-bbu', 'Rack battery backup unit', {
    ratedW: recalled(15e3, 'Open rack battery shelf'),
    batteryJ: computed(15e3 * 240, 'Four minutes at the nameplate'),
  }),
  plainClass('feed', 'feed-16a-220v', 'Feed, 16 A 220 V', single(16, 220)),
  plainClass('feed', 'feed-32a-220v', 'Feed, 32 A 220 V', single(32, 220)),
  plainClass('feed', 'feed-63a-400v', 'Feed, three phases of 63 A 400 V', three(63, 400)),
  plainClass('feed', 'busway-400a-415v', 'Busway, three phases of 400 A 415 V', three(400, 415)),
  plainClass('feed', 'busway-800a-415v', 'Busway, three phases of 800 A 415 V', three(800, 415)),
  plainClass('pdu', 'floor-pdu-300kva', 'Floor PDU with transformer, 300 kVA', {
    ratedW: chosen(285e3, '300 kVA at a power factor of 0.95'),
    powerLimitW: computed(228e3, '80 % of the rating'),
    lossNoLoadRatio: recalled(0.004, 'Dry-type transformer'),
    lossLinearRatio: chosen(0, 'Iron and copper losses have no linear part'),
    lossSquareRatio: recalled(0.012, 'Dry-type transformer'),
  }),
  plainClass('pdu', 'pdu-16a-220v', 'Rack PDU, 16 A 220 V', single(16, 220)),
  plainClass('pdu', 'pdu-32a-220v', 'Rack PDU, 32 A 220 V', single(32, 220)),
  plainClass('pdu', 'pdu-32a-400v', 'Rack PDU, three phases of 32 A 400 V', three(32, 400)),
  plainClass('pdu', 'pdu-63a-400v', 'Rack PDU, three phases of 63 A 400 V', three(63, 400)),
  plainClass('pdu', 'pdu-100a-415v', 'Rack PDU, three phases of 100 A 415 V', three(100, 415)),
  plainClass('pdu', 'pdu-125a-415v', 'Rack PDU, three phases of 125 A 415 V', three(125, 415)),
  psu('psu-3300-titanium', 'PSU 3.3 kW', seen(3300, 'DGX H100 user guide'), TITANIUM),
  psu('psu-3200-titanium', 'PSU 3.2 kW', seen(3200, 'DGX B300 user guide'), TITANIUM),
  psu('psu-3000-titanium', 'PSU 3 kW', seen(3000, 'Device types of server makers'), TITANIUM),
  psu('psu-2700-titanium', 'PSU 2.7 kW', recalled(2700, 'Server makers'), TITANIUM),
  psu('psu-1200-platinum', 'PSU 1.2 kW', recalled(1200, 'Server makers'), PLATINUM),
  psu(
    'psu-12000-reference',
    'PSU of the reference host, 12 kW',
    chosen(12e3, 'Orrery: either of two must carry the whole reference host'),
    TITANIUM,
  ),
  psu(
    'power-shelf-33kw',
    'Power shelf of six 5.5 kW PSUs',
    seen(33e3, 'NVL72: four of eight shelves make 132 kW'),
    TITANIUM,
  ),
];
