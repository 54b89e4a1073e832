/**
 * The sites where uploads are watched. The manifest's permissions are made from this list (vite.config.ts), so a site
 * that is not in it is out of the extension's reach.
 */

export interface Site {
  /** Key in settings and statistics: never changes, whatever happens to the label. */
  id: string;
  label: string;
  /** Domains together with all their subdomains; a leading `=` means this host alone. */
  hosts: string[];
  /** https, unless said otherwise: the demo site has no certificate. */
  scheme?: 'http' | 'https';
}

export const socialSites: Site[] = [
  { id: 'facebook', label: 'Facebook', hosts: ['facebook.com'] },
  { id: 'messenger', label: 'Messenger', hosts: ['messenger.com'] },
  { id: 'instagram', label: 'Instagram', hosts: ['instagram.com'] },
  { id: 'threads', label: 'Threads', hosts: ['threads.com', 'threads.net'] },
  { id: 'whatsapp', label: 'WhatsApp', hosts: ['=web.whatsapp.com'] },
  { id: 'x', label: 'X', hosts: ['x.com', 'twitter.com'] },
  { id: 'tiktok', label: 'TikTok', hosts: ['tiktok.com'] },
  { id: 'linkedin', label: 'LinkedIn', hosts: ['linkedin.com'] },
  { id: 'reddit', label: 'Reddit', hosts: ['reddit.com'] },
  { id: 'pinterest', label: 'Pinterest', hosts: ['pinterest.com'] },
  { id: 'tumblr', label: 'Tumblr', hosts: ['tumblr.com'] },
  { id: 'snapchat', label: 'Snapchat', hosts: ['snapchat.com'] },
  { id: 'discord', label: 'Discord', hosts: ['discord.com'] },
  { id: 'telegram', label: 'Telegram', hosts: ['=web.telegram.org'] },
  { id: 'bluesky', label: 'Bluesky', hosts: ['bsky.app'] },
  {
    id: 'mastodon',
    label: 'Mastodon',
    hosts: [
      '=mastodon.social',
      '=mastodon.online',
      '=mastodon.world',
      '=mstdn.social',
      '=mas.to',
      '=mstdn.jp',
      '=fosstodon.org',
      '=hachyderm.io',
      '=infosec.exchange',
      '=techhub.social',
      '=troet.cafe',
      '=chaos.social',
    ],
  },
  { id: 'pixelfed', label: 'Pixelfed', hosts: ['=pixelfed.social'] },
  { id: 'misskey', label: 'Misskey', hosts: ['=misskey.io'] },
  { id: 'lemmy', label: 'Lemmy', hosts: ['=lemmy.world'] },
  { id: 'flickr', label: 'Flickr', hosts: ['flickr.com'] },
  { id: 'imgur', label: 'Imgur', hosts: ['imgur.com'] },
  { id: 'deviantart', label: 'DeviantArt', hosts: ['deviantart.com'] },
  { id: 'quora', label: 'Quora', hosts: ['quora.com'] },
  { id: 'nextdoor', label: 'Nextdoor', hosts: ['nextdoor.com'] },
  { id: 'meetup', label: 'Meetup', hosts: ['meetup.com'] },
  { id: 'xing', label: 'XING', hosts: ['xing.com'] },
  { id: 'vk', label: 'VK', hosts: ['vk.com', 'vk.ru'] },
  { id: 'ok', label: 'Odnoklassniki', hosts: ['ok.ru'] },
  { id: 'weibo', label: 'Weibo', hosts: ['weibo.com'] },
  { id: 'tinder', label: 'Tinder', hosts: ['tinder.com'] },
  { id: 'bumble', label: 'Bumble', hosts: ['bumble.com'] },
  { id: 'okcupid', label: 'OkCupid', hosts: ['okcupid.com'] },
  { id: 'gravatar', label: 'Gravatar', hosts: ['gravatar.com'] },
];

/** The local demo and test site: `npm start` and the end-to-end tests. Only builds of mode `demo` know it. */
export const demoSite: Site = { id: 'demo', label: 'Lantern (demo)', hosts: ['=demo.localhost'], scheme: 'http' };

/** The sites of this build. */
export const sites = import.meta.env?.MODE === 'demo' ? [demoSite, ...socialSites] : socialSites;

export function matchPatterns({ hosts, scheme = 'https' }: Site): string[] {
  return hosts.map((host) => (host.startsWith('=') ? `${scheme}://${host.slice(1)}/*` : `${scheme}://*.${host}/*`));
}

/** The listed site that an origin or address belongs to; null where the extension has no business. */
export function siteOf(url: string, list: Site[] = sites): Site | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname } = new URL(url);
  const isHost = (host: string): boolean =>
    host.startsWith('=') ? hostname === host.slice(1) : hostname === host || hostname.endsWith(`.${host}`);
  return list.find(({ hosts, scheme = 'https' }) => protocol === `${scheme}:` && hosts.some(isHost)) ?? null;
}
