export * from '../remote-write/snappy-encoder.ts';
