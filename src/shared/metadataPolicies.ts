/**
 * What a picture, with a face or without, keeps of what it says beside the pixels: all that is known and still true; that without the place, the
 * names of people in the picture and the numbers of the device; nothing. Colour profile and orientation belong to the picture and always stay.
 */
export const metadataPolicies = ['all', 'private', 'none'] as const;

export type MetadataPolicy = (typeof metadataPolicies)[number];

export const defaultMetadataPolicy: MetadataPolicy = 'private';

export function isMetadataPolicy(value: unknown): value is MetadataPolicy {
  return (metadataPolicies as readonly unknown[]).includes(value);
}
