import { describe, expect, it, vi } from 'vitest';

// the polyfill wants to be in an extension
vi.hoisted(() => Object.assign(globalThis, { chrome: { runtime: { id: 'test' } } }));

import { parseSettingsFile } from '../../../src/options/settingsFile';
import { parsePolicy, underPolicy } from '../../../src/shared/policy';
import {
  defaultSettings,
  isPageOn,
  isSiteOn,
  pageSettings,
  parsePatch,
  parseSettings,
  sitesOf,
  unsoundField,
  withChoice,
  withoutOwnSite,
  withSite,
  type Settings,
} from '../../../src/shared/settings';

const some: Settings = {
  enabled: false,
  pausedUntil: 12,
  disabledSites: ['x'],
  ownSites: ['https://example.org'],
  failurePolicy: 'original',
  failureChoices: { x: 'cancel' },
  notice: 'problems',
  thumbnails: true,
  strength: 'strong',
  metadata: 'none',
};

describe('parseSettings', () => {
  it('keeps what is sound', () => expect(parseSettings(structuredClone(some))).toEqual(some));

  it.each([undefined, null, 7, 'x', [], {}])('takes %s for the defaults', (stored) => expect(parseSettings(stored)).toEqual(defaultSettings));

  it.each(Object.keys(some) as (keyof Settings)[])('has %s fall back by itself', (name) => {
    expect(parseSettings({ ...some, [name]: Symbol.iterator })).toEqual({ ...some, [name]: defaultSettings[name] });
  });

  it('loses of a list only what is broken in it', () => {
    const stored = {
      ownSites: ['https://example.org', 'https://*/*', 'http://example.org', 8, 'https://example.org'],
      disabledSites: ['x', null, 'x'],
      failureChoices: { x: 'original', y: 'retry' },
    };
    expect(parseSettings(stored)).toEqual({ ...defaultSettings, ownSites: ['https://example.org'], disabledSites: ['x'], failureChoices: { x: 'original' } });
  });

  it('takes the strength of an earlier version for the strongest', () => {
    expect(parseSettings({ ...some, strength: 'maximum' })).toEqual({ ...some, strength: 'strong' });
    expect(parseSettings({ ...some, strength: 'most' }).strength).toBe('standard');
  });

  it('drops what it does not know', () => expect(parseSettings({ ...some, later: 1 })).toEqual(some));
});

describe('parsePatch', () => {
  it('takes any part', () => {
    expect(parsePatch({})).toEqual({});
    expect(parsePatch({ strength: 'gentle' })).toEqual({ strength: 'gentle' });
    expect(parsePatch(some)).toEqual(some);
  });

  it('takes the strength of an earlier version for the strongest', () => expect(parsePatch({ strength: 'maximum' })).toEqual({ strength: 'strong' }));

  it.each([undefined, 3, { strength: 'most' }, { later: 1 }, { ownSites: ['https://*/*'] }, { pausedUntil: -1 }, { pausedUntil: Infinity }, { enabled: true, notice: 'none' }])(
    'refuses %j as a whole',
    (patch) => expect(parsePatch(patch)).toBeNull(),
  );
});

describe('a settings file', () => {
  const file = (strength: string): string => JSON.stringify({ format: 'NullSwap settings', version: 1, settings: { strength } });

  it('of an earlier version is taken over', () => expect(parseSettingsFile(file('maximum'))).toEqual({ strength: 'strong' }));

  it('with a strength that cannot be is refused', () => expect(() => parseSettingsFile(file('most'))).toThrow(expect.objectContaining({ problem: 'unsound', field: 'strength' })));
});

describe('unsoundField', () => {
  it('names what cannot be', () => {
    expect(unsoundField({ strength: 'most' })).toBe('strength');
    expect(unsoundField({ strength: 'maximum', notice: 'loud' })).toBe('notice');
    expect(unsoundField({ strength: 'maximum' })).toBeNull();
  });
});

describe('isSiteOn', () => {
  const now = Date.UTC(2026, 0, 1);
  const on = (patch: Partial<Settings>): boolean => isSiteOn({ ...defaultSettings, ...patch }, 'x', now);

  it('is off everywhere, on one site, or for a while', () => {
    expect(on({})).toBe(true);
    expect(on({ enabled: false })).toBe(false);
    expect(on({ disabledSites: ['x'] })).toBe(false);
    expect(on({ disabledSites: ['y'] })).toBe(true);
    expect(on({ pausedUntil: now + 1 })).toBe(false);
    expect(on({ pausedUntil: now })).toBe(true);
  });

  it('does not take the word of a clock that was wrong for a pause of years', () => {
    expect(on({ pausedUntil: now + 24 * 3600_000 })).toBe(false);
    expect(on({ pausedUntil: now + 25 * 3600_000 })).toBe(true);
  });
});

describe('the user\'s own site', () => {
  const id = 'https://example.org';

  it('is among the sites', () => expect(sitesOf(some).at(-1)).toMatchObject({ id, label: 'example.org' }));

  it('is forgotten altogether', () => {
    const used = withChoice(withSite(some, id, false), id, 'original');
    expect(used).toMatchObject({ disabledSites: ['x', id], failureChoices: { x: 'cancel', [id]: 'original' } });
    expect(withoutOwnSite(used, id)).toEqual({ ...some, ownSites: [] });
  });
});

describe('an organisation', () => {
  const under = (managed: unknown, settings = some): Settings => underPolicy(settings, parsePolicy(managed));

  it.each([undefined, {}, { strength: 'most', sites: 'all', enabled: 'yes' }])('that lays down nothing sound (%j) changes nothing', (managed) => {
    expect(under(managed)).toEqual(some);
  });

  it('goes before the user, field by field', () => {
    expect(under({ strength: 'gentle', notice: 'all' })).toEqual({ ...some, strength: 'gentle', notice: 'all' });
  });

  it('that lays down the strength of an earlier version gets the strongest', () => {
    expect(under({ strength: 'maximum' }, { ...some, strength: 'gentle' }).strength).toBe('strong');
  });

  it('that keeps it on allows no pause', () => {
    expect(under({ enabled: true }, { ...some, pausedUntil: 9e15 })).toMatchObject({ enabled: true, pausedUntil: 0 });
  });

  it('that names sites has them on, and on the list', () => {
    expect(under({ sites: ['x', 'https://*.school.example', 'https://*/*'] })).toMatchObject({
      disabledSites: [],
      ownSites: ['https://example.org', 'https://*.school.example'],
    });
  });

  it('that lays down what happens after a failure is not outdone by what was remembered', () => {
    expect(under({ failurePolicy: 'hold' })).toMatchObject({ failurePolicy: 'hold', failureChoices: {} });
  });
});

describe('pageSettings', () => {
  it('says what holds on one site, and nothing of others', () => {
    const { disabledSites: _, ownSites: __, failureChoices: ___, ...rest } = some;
    expect(pageSettings(some, 'x')).toEqual({ ...rest, site: 'x', isSiteDisabled: true, siteChoice: 'cancel' });
    expect(pageSettings(some, 'y')).toEqual({ ...rest, site: 'y', isSiteDisabled: false, siteChoice: undefined });
  });

  it.each([
    [{}, true],
    [{ enabled: false }, false],
    [{ disabledSites: ['x'] }, false],
    [{ disabledSites: ['y'] }, true],
    [{ pausedUntil: 2000 }, false],
    [{ pausedUntil: 1000 }, true],
    [{ pausedUntil: 1e12 }, true],
  ])('is on or off as the settings it is made of: %j', (patch, on) => {
    const settings: Settings = { ...defaultSettings, ...patch };
    expect(isPageOn(pageSettings(settings, 'x'), 1000)).toBe(on);
    expect(isSiteOn(settings, 'x', 1000)).toBe(on);
  });

  it('is on where the site is not known', () => expect(isPageOn(pageSettings({ ...defaultSettings, disabledSites: ['x'] }, null))).toBe(true));
});
