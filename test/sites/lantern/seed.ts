/** What the feed shows before anybody has posted. */

export interface Post {
  author: string;
  handle: string;
  avatar: string;
  /** Milliseconds since 1970. */
  time: number;
  text: string;
  pictures: string[];
  likes: number;
}

const MINUTE = 60_000;

export function seedPosts(now: number): Post[] {
  return [
    {
      author: 'Mira Okafor',
      handle: '@mira',
      avatar: '/lantern/avatars/mira.svg',
      time: now - 12 * MINUTE,
      text: 'Up at five for this. Worth every yawn.',
      pictures: ['/lantern/photos/dawn.svg'],
      likes: 48,
    },
    {
      author: 'Jonas Lind',
      handle: '@jonas',
      avatar: '/lantern/avatars/jonas.svg',
      time: now - 95 * MINUTE,
      text: 'The bakery on the corner has cardamom buns again. This is not a drill.',
      pictures: [],
      likes: 131,
    },
    {
      author: 'Aiko Tan',
      handle: '@aiko',
      avatar: '/lantern/avatars/aiko.svg',
      time: now - 260 * MINUTE,
      text: 'Who is in for the lake on Saturday? I have room for three and a very small dog.',
      pictures: [],
      likes: 27,
    },
  ];
}
