/**
 * Rack classes: what a rack may draw, and what its cooling takes away. Racks carry what their
 * hosts draw at most, so the figures follow from the hosts that stand in them.
 */
import type { Component, Figure, HardwareClass } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from './figure.ts';

interface RackSpec {
  readonly id: string;
  readonly title: string;
  readonly power: Figure;
  readonly cooling: Figure;
  readonly heightU: number;
  readonly medium: 'air' | 'liquid';
  /** Part of the heat that leaves in the liquid, 0-1. */
  readonly liquidHeatRatio?: Figure;
  /** Power shelves that must work to carry the rack. */
  readonly psuRequiredCount?: Figure;
  readonly components?: readonly Component[];
}

const rack = (spec: RackSpec): HardwareClass => ({
  id: spec.id,
  kind: 'rack',
  title: spec.title,
  figures: {
    powerLimitW: spec.power,
    coolingLimitW: spec.cooling,
    heightU: chosen(spec.heightU, 'Common cabinet height'),
    ...(spec.liquidHeatRatio ? { liquidHeatRatio: spec.liquidHeatRatio } : {}),
    ...(spec.psuRequiredCount ? { psuRequiredCount: spec.psuRequiredCount } : {}),
  },
  traits: { cooling: spec.medium, airflow: 'frontToRear' },
  ...(spec.components ? { components: spec.components } : {}),
});

const AIR_CEILING = 'Common ceiling of air without containment';
const CONTAINED = 'Contained aisle or rear-door exchanger, sized for the power';

const air = (kilowatts: number, title: string, source: string, heightU: number) =>
  rack({
    id: `rack-air-${kilowatts}kw`,
    title,
    power: computed(kilowatts * 1000, source),
    cooling: chosen(kilowatts * 1000, CONTAINED),
    heightU,
    medium: 'air',
  });

const NVL72_PARTS: readonly Component[] = [
  { kind: 'nvswitch', class: 'nvswitch-5', count: 18 },
  { kind: 'psu', class: 'power-shelf-33kw', count: 8 },
];
const NVL72_LIQUID = recalled(0.87, 'NVL72: about 115 kW of 132 kW into the liquid');

export const RACK_CLASSES: readonly HardwareClass[] = [
  rack({
    id: 'rack-air-12kw',
    title: 'Air-cooled rack, 12 kW',
    power: chosen(12_000, 'Common figure for an air-cooled rack'),
    cooling: chosen(15_000, AIR_CEILING),
    heightU: 42,
    medium: 'air',
  }),
  rack({
    id: 'rack-air-15kw',
    title: 'Air-cooled rack, 15 kW',
    power: chosen(15_000, AIR_CEILING),
    cooling: chosen(15_000, AIR_CEILING),
    heightU: 42,
    medium: 'air',
  }),
  air(22, 'Dense air-cooled rack for two 8-GPU hosts, 22 kW', 'Two H100 hosts of 10.2 kW', 42),
  air(33, 'Dense air-cooled rack for three 8-GPU hosts, 33 kW', 'Three of 10.2 kW', 48),
  air(44, 'Dense air-cooled rack for four 8-GPU hosts, 44 kW', 'Four of 10.2 kW', 48),
  air(60, 'Dense air-cooled rack for four B200 hosts, 60 kW', 'Four of 14.3 kW', 52),
  rack({
    id: 'rack-liquid-80kw',
    title: 'Liquid-cooled rack, 80 kW',
    power: chosen(80_000, 'Eight liquid-cooled 8-GPU hosts in 4U'),
    cooling: chosen(80_000, 'Sized for the power'),
    heightU: 48,
    medium: 'liquid',
    liquidHeatRatio: recalled(0.8, 'Cold plates on GPUs, switches and processors'),
  }),
  rack({
    id: 'rack-gb200-nvl72',
    title: 'GB200 NVL72 rack',
    power: seen(132_000, 'Four of eight power shelves of 33 kW; design power 120 kW'),
    cooling: computed(132_000, 'Liquid and air together take all of the power'),
    heightU: 48,
    medium: 'liquid',
    liquidHeatRatio: NVL72_LIQUID,
    psuRequiredCount: computed(4, '132 kW over shelves of 33 kW'),
    components: NVL72_PARTS,
  }),
  rack({
    id: 'rack-gb300-nvl72',
    title: 'GB300 NVL72 rack',
    power: recalled(142_000, 'Reports of makers: 132-142 kW'),
    cooling: computed(142_000, 'Liquid and air together take all of the power'),
    heightU: 48,
    medium: 'liquid',
    liquidHeatRatio: NVL72_LIQUID,
    psuRequiredCount: computed(5, '142 kW over shelves of 33 kW'),
    components: NVL72_PARTS,
  }),
];
