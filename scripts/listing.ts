/**
 * `npm run listing`: texts and pictures for the shops' pages, in each language, into out/listing: `LANGUAGE.txt`, and 1280 x 800 pixels of what a person
 * sees there. Builds the demo first. Names of languages after it take only those.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser, type Page } from '../test/e2e/support/browser';
import { waitForNotice } from '../test/e2e/support/notice';
import { makeFiles } from '../test/e2e/support/pictures';
import { startDemoSite } from '../test/sites/demo-site';
import { languages, listingIn } from './listingText';

const OUT = join('out', 'listing');
const SIZE = { width: 1280, height: 800 };

const wanted = process.argv.slice(2);
const { status } = spawnSync('npm', ['run', '--silent', 'build:demo'], { stdio: 'inherit' });
if (status !== 0) throw new Error('The extension could not be built.');

await mkdir(OUT, { recursive: true });
const [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
for (const language of languages.filter((name) => wanted.length === 0 || wanted.includes(name))) {
  const { name, summary, description } = listingIn(language);
  await writeFile(join(OUT, `${language}.txt`), `${name}\n\n${summary}\n\n${description}\n`);
  const browser = await openBrowser({ language: language.replace('_', '-') });
  let count = 0;
  const shoot = async (page: Page): Promise<void> => {
    await page.setViewportSize(SIZE);
    await page.waitForTimeout(500); // what comes fades in
    await page.screenshot({ path: join(OUT, `${language}-${(count += 1)}.png`) });
  };

  const welcome = await browser.open(`${browser.extensionOrigin}/src/welcome/welcome.html`);
  await welcome.waitForSelector('img-comparison-slider');
  await shoot(welcome);
  const feed = await browser.open(site.url);
  await feed.waitForSelector('.post');
  await feed.setInputFiles('#file', [files.portrait]);
  await feed.waitForSelector('#previews img');
  await waitForNotice(feed, (notice) => notice !== null && notice.progress === null);
  await shoot(feed);
  const studio = await browser.open(`${browser.extensionOrigin}/src/studio/studio.html`);
  const [chooser] = await Promise.all([studio.waitForEvent('filechooser'), studio.click('#choose-photos')]);
  await chooser.setFiles([files.portrait]);
  await studio.waitForSelector('#save:not(:disabled)');
  await shoot(studio);
  await shoot(await browser.open(`${browser.extensionOrigin}/src/options/options.html`));
  await browser.close();
  console.log(`${language}: ${count} pictures, ${description.length} characters`);
}
await site.close();
