/** The manifests of both browsers, made of the one that is written: `manifest.json` is Chromium's, but for what follows from the list of sites. */
import manifest from '../manifest.json' with { type: 'json' };
import { demoSite, matchPatterns, socialSites } from '../src/shared/sites';

export type Browser = 'chromium' | 'firefox';

export const { version } = manifest;

/** Never changes: Firefox and its shop know the extension by it. */
export const FIREFOX_ID = 'nullswap@nullswap';

/** As far back as each has what the extension needs: the last ESR before, and the first for Android that asks about data. */
const FIREFOX = { desktop: '140.0', android: '142.0' };

const CHROMIUM_ONLY = ['minimum_chrome_version', 'message_serialization', 'storage', 'cross_origin_embedder_policy', 'cross_origin_opener_policy'];

/** @param icons paths by size; nothing broader than the list of sites needs is asked for */
export function manifestFor(browser: Browser, mode: string, icons: Record<string, string>): object {
  const sites = mode === 'demo' ? [demoSite, ...socialSites] : socialSites;
  const matches = sites.flatMap(matchPatterns);
  const everyFrame = { matches, run_at: 'document_start', all_frames: true, match_origin_as_fallback: true };
  const whole = {
    ...manifest,
    icons,
    action: { ...manifest.action, default_icon: icons },
    host_permissions: matches,
    content_scripts: [
      { ...everyFrame, world: 'MAIN', js: ['src/page/page.iife.ts'] },
      { ...everyFrame, world: 'ISOLATED', js: ['src/content/content.iife.ts'] },
    ],
  };
  return browser === 'firefox' ? forFirefox(whole) : whole;
}

/**
 * Firefox has no offscreen documents, and its background is a page that can host the engine; it clones what messages carry by itself, and finds
 * the schema of an organisation's settings nowhere: it takes what it is given. Nor can its pages have memory that threads share.
 */
function forFirefox({ background, permissions, ...whole }: typeof manifest & object): object {
  return {
    ...Object.fromEntries(Object.entries(whole).filter(([key]) => !CHROMIUM_ONLY.includes(key))),
    permissions: permissions.filter((permission) => permission !== 'offscreen'),
    background: { scripts: [background.service_worker], type: background.type },
    browser_specific_settings: {
      gecko: { id: FIREFOX_ID, strict_min_version: FIREFOX.desktop, data_collection_permissions: { required: ['none'] } },
      gecko_android: { strict_min_version: FIREFOX.android },
    },
  };
}
