/** How a file's rows are turned: our reading against the table of what browsers make of such files, and what a written copy says. */
import { describe, expect, it } from 'vitest';
import { concatenate } from '../../../src/engine/formats/bytes';
import { readHeader } from '../../../src/engine/formats/registry';
import { editJpeg } from '../../../src/engine/formats/jpeg/edit';
import { editPng, PngEditor } from '../../../src/engine/formats/png/editor';
import { editWebp } from '../../../src/engine/formats/webp/edit';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import { metadataPolicies } from '../../../src/shared/metadataPolicies';
import { type TurnedFile, turnedAnimations, turnedFiles } from './turnedFiles';

const files = await turnedFiles();
const animations = await turnedAnimations();

it.each([...files, ...animations])('$name: turned as a browser turns it', ({ format, bytes, orientation }) => {
  expect(readHeader(format, bytes)?.orientation).toBe(orientation);
});

const together = async (parts: BlobPart[]): Promise<Buffer> => Buffer.from(await new Blob(parts).arrayBuffer());

const editors: Partial<Record<TurnedFile['format'], (bytes: Uint8Array, metadata: MetadataEditor) => Promise<Buffer>>> = {
  jpeg: async (bytes, metadata) => Buffer.from(concatenate(editJpeg(bytes, [], metadata))),
  png: async (bytes, metadata) => together(await editPng(bytes, [], metadata)),
  webp: async (bytes, metadata) => Buffer.from(await editWebp(bytes, [], metadata)),
};

describe.each(metadataPolicies)('a copy of which %s of the metadata stays is turned like', (policy) => {
  it.each(files.filter(({ format, name }) => editors[format] && !name.includes('lossless')))('$name', async ({ format, bytes, orientation }) => {
    const written = await editors[format]!(new Uint8Array(bytes), new MetadataEditor(policy));
    expect(readHeader(format, written)?.orientation).toBe(orientation);
  });

  it.each(animations)('$name', async ({ bytes, orientation }) => {
    const written = await together(await new PngEditor(new Uint8Array(bytes)).finish(new MetadataEditor(policy)));
    expect(readHeader('png', written)).toMatchObject({ orientation, animated: true });
  });
});
