/** Both manifests come from one: Firefox's asks for nothing that Chromium's does not. */
import { expect, it } from 'vitest';
import { FIREFOX_ID, manifestFor } from '../../scripts/manifest';

type Manifest = Record<string, unknown> & { permissions: string[]; browser_specific_settings: Record<string, unknown>; background: Record<string, unknown> };

const [chromium, firefox] = (['chromium', 'firefox'] as const).map((browser) => manifestFor(browser, 'production', { 16: 'icon.png' }) as Manifest) as [Manifest, Manifest];

it('asks for the same, but for the page that Firefox has no need of', () => {
  expect(firefox.permissions).toEqual(chromium.permissions.filter((permission) => permission !== 'offscreen'));
  for (const key of ['host_permissions', 'optional_host_permissions', 'content_scripts', 'content_security_policy', 'commands', 'version', 'default_locale']) {
    expect(firefox[key], key).toEqual(chromium[key]);
  }
});

it('says to Firefox who it is, and that no data is collected', () => {
  expect(firefox.browser_specific_settings).toEqual({
    gecko: { id: FIREFOX_ID, strict_min_version: '140.0', data_collection_permissions: { required: ['none'] } },
    gecko_android: { strict_min_version: '142.0' },
  });
});

it('has no key that the other browser would complain of', () => {
  for (const key of ['minimum_chrome_version', 'message_serialization', 'storage']) expect(firefox).not.toHaveProperty(key);
  expect(chromium).not.toHaveProperty('browser_specific_settings');
  expect(Object.keys(chromium.background)).toEqual(['service_worker', 'type']);
  expect(Object.keys(firefox.background)).toEqual(['scripts', 'type']);
});
