/** The engine's public door: the server, the boards and the scenarios import from here only. */
export * from './state/frame.ts';
export * from './tables/catalogue.ts';
export * from './tables/classes.ts';
export * from './tables/constants.ts';
export * from './tables/estimates.ts';
export * from './tables/fabrics.ts';
export * from './tables/fault-row.ts';
export * from './tables/faults.ts';
export * from './tables/kinds.ts';
export * from './tables/limit-row.ts';
export * from './tables/limits.ts';
export * from './tables/signals.ts';
export * from './tables/units.ts';
export * from './topology/topology.ts';
