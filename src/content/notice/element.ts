/** Makes elements without markup strings, which a page's Trusted Types or CSP may forbid. */

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';

const paths = {
  // the null sign with eyes of the product's icon, a shield with a tick, a warning triangle
  working: 'M10 3.4c3 0 5 2.7 5 6.6s-2 6.6-5 6.6-5-2.7-5-6.6 2-6.6 5-6.6ZM3.6 17.4 16.4 2.6M8 8.4v.1M12 11.6v.1',
  done: 'M10 1.8 16.5 4.3v5c0 4-2.7 7.2-6.5 8.9-3.8-1.7-6.5-4.9-6.5-8.9v-5L10 1.8ZM6.9 10.1l2.2 2.2 4-4.4',
  failed: 'M10 2.6 18.4 17H1.6L10 2.6ZM10 8v4.2M10 14.4v.4',
};

export function icon(name: keyof typeof paths): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ class: 'icon', viewBox: '0 0 20 20', fill: 'none', 'aria-hidden': 'true' })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, 'path');
  const line = { d: paths[name], stroke: 'currentColor', 'stroke-width': '1.6', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
  for (const [key, value] of Object.entries(line)) path.setAttribute(key, value);
  svg.append(path);
  return svg;
}
