/** Frames that keep the empty document which they begin with, and the ways of bringing a picture into it. */
import { readFile } from 'node:fs/promises';
import type { Frame, Page } from 'playwright-core';
import type { Files } from './pictures';
import { choose, copy, drop } from './user';

export interface Opened {
  /** In which tab. */
  tab: Page;
  frame: Page | Frame;
}

/** Of test/sites/pages/first-document.html. */
export const firstDocument = ({ where, src }: FirstDocument): string => `/pages/first-document.html?in=${where}&src=${src}`;

/** @param page of that address */
export async function openFirst(page: Page): Promise<Opened> {
  await page.click('#open', { noWaitAfter: true });
  await page.waitForTimeout(300); // for what answers
  return { tab: page, frame: page.frames().at(-1)! };
}

async function pasteIn({ tab, frame }: Opened, png: string): Promise<void> {
  await copy(tab, { 'image/png': await readFile(png) });
  await frame.click('#zone', { noWaitAfter: true }) ; // one navigation never ends
  await tab.keyboard.press('Control+V');
}

export interface WayIn {
  way: string;
  file: keyof Files;
  bring(opened: Opened, files: Files): Promise<void>;
}

export const waysIn: WayIn[] = [
  { way: 'an input', file: 'small', bring: ({ tab, frame }, files) => choose(tab, '#file', files.small, frame) },
  { way: 'a drop', file: 'small2', bring: ({ tab, frame }, files) => drop(tab, '#zone', [files.small2], { frame }) },
  { way: 'a paste', file: 'smallPng', bring: (opened, files) => pasteIn(opened, files.smallPng) },
];

/** Where there is a first document, and what it loads. */
export interface FirstDocument {
  where: string;
  src: string;
}

export const firstDocuments: FirstDocument[] = [
  { where: 'iframe', src: '/never' },
  { where: 'iframe', src: '/nothing' },
  { where: 'iframe', src: '/download' },
  { where: 'shadow', src: '/never' },
  { where: 'nested', src: '/nothing' },
  { where: 'markup', src: '/never' },
];

/** As the table has it. */
export function nameOf({ where }: FirstDocument, way: string): string {
  return `${where} that never gets its document: ${way}`;
}
