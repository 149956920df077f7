/** Pieces that every Redfish resource is made of. */

export type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };
export type Resource = { [key: string]: Json };

export const ROOT = '/redfish/v1';

export const link = (path: string): Resource => ({ '@odata.id': path });

/** `type` is the schema with its version: `Sensor.v1_7_0`. */
export function resource(path: string, type: string, name: string, body: Resource = {}): Resource {
  return {
    '@odata.id': path,
    '@odata.type': `#${type}.${type.split('.')[0]}`,
    Id: path.split('/').at(-1) ?? '',
    Name: name,
    ...body,
  };
}

export function collection(path: string, of: string, members: readonly string[]): Resource {
  return {
    '@odata.id': path,
    '@odata.type': `#${of}Collection.${of}Collection`,
    Name: `${of} Collection`,
    'Members@odata.count': members.length,
    Members: members.map(link),
  };
}

export type Health = 'OK' | 'Warning' | 'Critical';

export const status = (health: Health, state = 'Enabled'): Resource => ({
  State: state,
  Health: health,
});

export const worst = (healths: readonly Health[]): Health =>
  healths.includes('Critical') ? 'Critical' : healths.includes('Warning') ? 'Warning' : 'OK';
