import { describe, expect, it } from 'vitest';
import { AddressError, isOwnSiteId, ownSite, ownSiteId, ownSiteOfPattern } from '../../../src/shared/ownSites';
import { matchPatterns, siteOf, socialSites } from '../../../src/shared/sites';

describe('ownSiteId', () => {
  it.each([
    ['example.org', 'https://*.example.org'],
    [' https://www.Example.org/photos?x=1#y ', 'https://*.example.org'],
    ['https://example.org:8443/', 'https://*.example.org'],
    ['example.org:8443/upload', 'https://*.example.org'],
    ['*.example.org', 'https://*.example.org'],
    ['https://*.example.org/*', 'https://*.example.org'],
    ['photos.example.org', 'https://*.photos.example.org'],
    ['bücher.example', 'https://*.xn--bcher-kva.example'],
    ['https://写真.例え', 'https://*.xn--g7qs82g.xn--r8jz45g'],
    ['192.168.1.7', 'https://192.168.1.7'],
    ['https://intranet/wiki', 'https://intranet'],
    ['localhost:3000', 'http://localhost'],
    ['http://localhost:3000/x', 'http://localhost'],
    ['127.0.0.1:8080', 'http://127.0.0.1'],
    ['http://other.localhost:1234', 'http://*.other.localhost'],
    ['https://localhost', 'https://localhost'],
    ['www.org', 'https://*.www.org'],
  ])('%s is %s', (address, id) => {
    expect(ownSiteId(address, socialSites)).toBe(id);
    expect(isOwnSiteId(id)).toBe(true);
  });

  it('takes the host alone where that is wished', () => {
    expect(ownSiteId('https://www.example.org', socialSites, { subdomains: false })).toBe('https://www.example.org');
  });

  it.each([
    ['', 'empty'],
    ['  ', 'empty'],
    ['facebook', 'invalid'],
    ['two words', 'invalid'],
    ['me@example.org', 'invalid'],
    ['https://', 'invalid'],
    ['https://exa_mple.org', 'invalid'],
    ['https://[::1]/', 'invalid'],
    ['file:///etc/passwd', 'invalid'],
    ['chrome://settings', 'invalid'],
    ['mailto:me@example.org', 'invalid'],
    ['javascript:alert(1)', 'invalid'],
    ['https://*/*', 'invalid'],
    ['http://example.org', 'unencrypted'],
    ['http://localhost.example.org', 'unencrypted'],
    ['old.reddit.com', 'known'],
  ])('refuses "%s": %s', (address, problem) => {
    expect(() => ownSiteId(address, socialSites)).toThrow(expect.objectContaining({ problem }));
  });

  it('says which site it belongs to already', () => {
    const own = ownSite('https://*.example.org');
    const refusal = (): string => ownSiteId('photos.example.org', [own]);
    expect(refusal).toThrow(AddressError);
    expect(refusal).toThrow(expect.objectContaining({ site: own }));
  });
});

describe('an own site', () => {
  it('is a host alone or a domain with all below it, at every port', () => {
    const alone = ownSite('https://example.org');
    const all = ownSite('https://*.example.org');
    expect(matchPatterns(alone)).toEqual(['https://example.org/*']);
    expect(matchPatterns(all)).toEqual(['https://*.example.org/*']);
    expect(siteOf('https://example.org:8443/a', [alone])).toBe(alone);
    expect(siteOf('https://www.example.org/a', [alone])).toBeNull();
    expect(siteOf('https://www.example.org/a', [all])).toBe(all);
    expect(siteOf('http://example.org/a', [all])).toBeNull();
  });

  it('is found again by its pattern', () => {
    for (const id of ['https://example.org', 'https://*.example.org', 'http://localhost']) {
      expect(ownSiteOfPattern(matchPatterns(ownSite(id))[0]!)).toBe(id);
    }
  });

  it.each(['https://*/*', '<all_urls>', '*://*.example.org/*', 'http://example.org/*', 'https://example.org/photos/*', 'https://*.org:8/*', ''])(
    'is nothing that %s stands for',
    (pattern) => expect(ownSiteOfPattern(pattern)).toBeNull(),
  );
});
