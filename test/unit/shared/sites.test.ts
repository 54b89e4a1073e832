import { describe, expect, it } from 'vitest';
import { demoSite, matchPatterns, siteOf, sites, socialSites, type Site } from '../../../src/shared/sites';

describe('the list of sites', () => {
  it('has ids and hosts once each', () => {
    const ids = socialSites.map(({ id }) => id);
    const hosts = socialSites.flatMap((site) => site.hosts);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(hosts).size).toBe(hosts.length);
  });

  it('knows the demo site only in demo builds', () => {
    expect(sites).toBe(socialSites);
    expect(siteOf('http://demo.localhost:8080/')).toBeNull();
    expect(siteOf('http://demo.localhost:8080/', [demoSite])).toBe(demoSite);
  });
});

describe('siteOf', () => {
  const id = (url: string): string | undefined => siteOf(url)?.id;

  it.each([
    ['https://www.facebook.com/photo', 'facebook'],
    ['https://facebook.com', 'facebook'],
    ['https://old.reddit.com/r/pics', 'reddit'],
    ['https://mastodon.social', 'mastodon'],
  ])('%s is %s', (url, site) => expect(id(url)).toBe(site));

  it.each([
    'http://www.facebook.com/', // not encrypted
    'https://notfacebook.com/',
    'https://facebook.com.example.org/',
    'https://files.mastodon.social/', // this host alone
    'null', // origin of a sandboxed frame
    '',
  ])('%s is none of them', (url) => expect(id(url)).toBeUndefined());
});

describe('matchPatterns', () => {
  it('covers subdomains or the host alone', () => {
    const site: Site = { id: 'a', label: 'A', hosts: ['a.org', '=b.org'] };
    expect(matchPatterns(site)).toEqual(['https://*.a.org/*', 'https://b.org/*']);
  });

  it('takes ports as they come on the demo site', () => expect(matchPatterns(demoSite)).toEqual(['http://demo.localhost/*']));
});
