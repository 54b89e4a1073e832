/**
 * Sites that the user adds by address. Such a site's id is its address without a port: `https://example.org` is that host alone,
 * `https://*.example.org` the domain with all its subdomains. Every port is meant, as Firefox's match patterns know none.
 */
import { siteOf, type Site } from './sites';

/** Why an address cannot be added: nothing typed; no address; neither https nor this machine; on the list already. */
export type AddressProblem = 'empty' | 'invalid' | 'unencrypted' | 'known';

export class AddressError extends Error {
  /** @param site the one that the address belongs to, where it is known already */
  constructor(
    readonly problem: AddressProblem,
    readonly site: Site | null = null,
  ) {
    super(problem);
    this.name = 'AddressError';
  }
}

const LOCAL = /^(?:(?:.+\.)?localhost|127\.0\.0\.1)$/;
/** A name of letters, digits and hyphens, with at most 63 of them between dots; the browser has made punycode of all else. */
const HOST = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;
const IPV4 = /^\d+(?:\.\d+){3}$/;
const ID = /^(https?):\/\/(\*\.)?([^/:*]+)$/;

/**
 * The id of the site that an address is on. Takes what people type or paste: with or without scheme, port and path, in any script.
 * Names are taken with all their subdomains and `www.` is left off, as sites move between those; a number or a single word is
 * a host alone.
 * @param subdomains false: the host as it is given, alone
 * @throws AddressError
 */
export function ownSiteId(address: string, known: Site[], { subdomains = true } = {}): string {
  const { protocol, hostname } = parseAddress(address.trim());
  const scheme = protocol.slice(0, -1);
  const site = siteOf(`${scheme}://${hostname}`, known);
  if (site) throw new AddressError('known', site);
  const isAlone = !subdomains || !hostname.includes('.') || IPV4.test(hostname);
  return isAlone ? `${scheme}://${hostname}` : `${scheme}://*.${hostname.replace(/^www\.(?=.+\.)/, '')}`;
}

function parseAddress(address: string): URL {
  if (!address) throw new AddressError('empty');
  const [, given, rest = ''] = /^(?:([a-z][a-z\d+.-]*):(?!\d)(?:\/\/)?)?(?:\*\.)?(.*)$/is.exec(address)!;
  const host = /^[^/:?#]*/.exec(rest)![0].toLowerCase();
  const scheme = given?.toLowerCase() ?? (LOCAL.test(host) ? 'http' : 'https');
  // a single word is more likely half an address than a machine of that name
  if (!['http', 'https'].includes(scheme) || !(given || host.includes('.') || LOCAL.test(host))) throw new AddressError('invalid');
  const url = `${scheme}://${rest}`;
  if (!URL.canParse(url)) throw new AddressError('invalid');
  const parsed = new URL(url);
  if (!HOST.test(parsed.hostname) || parsed.username) throw new AddressError('invalid');
  if (scheme === 'http' && !LOCAL.test(parsed.hostname)) throw new AddressError('unencrypted');
  return parsed;
}

export function isOwnSiteId(id: string): boolean {
  const [, scheme, wildcard, host = ''] = ID.exec(id) ?? [];
  if (!scheme || !HOST.test(host) || (scheme === 'http' && !LOCAL.test(host))) return false;
  return !wildcard || (host.includes('.') && !IPV4.test(host));
}

/** @param id as made by `ownSiteId` */
export function ownSite(id: string): Site {
  const [, scheme, wildcard, host] = ID.exec(id)!;
  return { id, label: host!, hosts: [wildcard ? host! : `=${host}`], scheme: scheme as 'http' | 'https' };
}

/** The id of the site that a match pattern is for; null for one that no such site has. */
export function ownSiteOfPattern(pattern: string): string | null {
  const id = pattern.replace(/\/\*$/, '');
  return isOwnSiteId(id) ? id : null;
}
