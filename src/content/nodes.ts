/**
 * What a node is, of whatever window: `instanceof` asks for the class of this one, and a node keeps that of the window which it was made in. Read past a
 * form's own properties, before which the fields that are named like them stand.
 */
const getter = (prototype: object, name: string): (() => unknown) => Object.getOwnPropertyDescriptor(prototype, name)!.get!;
const namespaceOf = getter(Element.prototype, 'namespaceURI');
const localNameOf = getter(Element.prototype, 'localName');
const { matches: nativeMatches, closest: nativeClosest } = Element.prototype;
const { getRootNode, contains } = Node.prototype;
const elementsOf = getter(HTMLFormElement.prototype, 'elements');
const HTML = 'http://www.w3.org/1999/xhtml';

export function isElement(value: unknown): value is Element {
  return read(namespaceOf, value) !== undefined;
}

export function isHtml(value: unknown): value is HTMLElement {
  return read(namespaceOf, value) === HTML;
}

/** @param names of its kinds, `form` say */
export function isHtmlOf<Name extends keyof HTMLElementTagNameMap>(value: unknown, ...names: Name[]): value is HTMLElementTagNameMap[Name] {
  return isHtml(value) && names.includes(read(localNameOf, value) as Name);
}

export function matches(element: Element, selector: string): boolean {
  return nativeMatches.call(element, selector);
}

/** As `Element.closest()`, out of shadow roots. */
export function closest(element: Element, selector: string): Element | null {
  for (let from: Element | null = element; from; from = hostOf(from)) {
    const found = nativeClosest.call(from, selector);
    if (found) return found;
  }
  return null;
}

/** As `Node.contains()`, also what is in shadow roots within. */
export function isInside(element: Element, container: Element): boolean {
  for (let from: Element | null = element; from; from = hostOf(from)) if (contains.call(container, from)) return true;
  return false;
}

/** Of the shadow root that it is in; null outside of all. */
export function hostOf(element: Element): Element | null {
  return (getRootNode.call(element) as Partial<ShadowRoot>).host ?? null;
}

export function controlsOf(form: HTMLFormElement): Element[] {
  return [...(elementsOf.call(form) as HTMLFormControlsCollection)];
}

/** Undefined where it is no such thing. */
function read(get: () => unknown, of: unknown): unknown {
  try {
    return get.call(of);
  } catch {
    return undefined;
  }
}
