/** Makes elements without markup strings, which a page's Trusted Types or CSP may forbid. */
import { iconLine, iconPaths, type IconName } from '../../ui/iconPaths';

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  setAttributes(svg, { class: 'icon', viewBox: '0 0 20 20', fill: 'none', 'aria-hidden': 'true' });
  const path = document.createElementNS(SVG, 'path');
  setAttributes(path, { d: iconPaths[name], ...iconLine });
  svg.append(path);
  return svg;
}

function setAttributes(node: Element, attributes: Record<string, string>): void {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}
