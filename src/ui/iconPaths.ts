/** The icon set, drawn for this project on a 20 x 20 grid with lines of 1.6. */
export const iconPaths = {
  /** The null sign with eyes of the product's own icon. */
  cloaked: 'M10 3.4c3 0 5 2.7 5 6.6s-2 6.6-5 6.6-5-2.7-5-6.6 2-6.6 5-6.6ZM3.6 17.4 16.4 2.6M8 8.4v.1M12 11.6v.1',
  shield: 'M10 1.8 16.5 4.3v5c0 4-2.7 7.2-6.5 8.9-3.8-1.7-6.5-4.9-6.5-8.9v-5L10 1.8ZM6.9 10.1l2.2 2.2 4-4.4',
  warning: 'M10 2.6 18.4 17H1.6L10 2.6ZM10 8v4.2M10 14.4v.4',
  pause: 'M7 4.5v11M13 4.5v11',
  play: 'M6.5 4.2v11.6l9-5.8-9-5.8Z',
  settings: 'M3 5.5h8M15 5.5h2M3 14.5h2M9 14.5h8M13 5.5a2 2 0 1 1-2 0M11 5.5a2 2 0 1 0 4 0 2 2 0 1 0-4 0M5 14.5a2 2 0 1 0 4 0 2 2 0 1 0-4 0',
  studio: 'M3 4.5h14v11H3v-11ZM3 12.5l4-4 4 4M10.5 12l2.5-2.5 4 4M13 7.4v.1',
  reload: 'M16 10a6 6 0 1 1-1.8-4.3M14.6 2.6v3.4h-3.4',
  add: 'M10 4v12M4 10h12',
  remove: 'M5 5l10 10M15 5 5 15',
  save: 'M10 3v9M6.2 8.4 10 12.2l3.8-3.8M4 16.5h12',
  picture: 'M3 4.5h14v11H3v-11ZM3 13.5l4.5-4.5 6 6M13.4 7.6v.1',
  folder: 'M2.8 5h5l1.6 2h7.8v8.6H2.8V5Z',
  bin: 'M4 5.5h12M8 5.5V3.6h4v1.9M5.6 5.5l.7 11h7.4l.7-11M8.4 8.6v5M11.6 8.6v5',
  check: 'M4 10.6l4 4 8-9',
  lock: 'M5 9h10v7.5H5V9ZM7 9V6.4a3 3 0 0 1 6 0V9',
};

export type IconName = keyof typeof iconPaths;

export const iconLine = { stroke: 'currentColor', 'stroke-width': '1.6', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' } as const;
