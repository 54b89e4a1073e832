/** The head of the extension's full pages. */
import type { ComponentChildren, JSX } from 'preact';
import icon from '../icons/icon.svg';

/** `children`: what can be done from here. */
export function PageHeader({ title, detail, children }: { title: string; detail: string; children?: ComponentChildren }): JSX.Element {
  return (
    <header class="page-header">
      <img src={icon} alt="" width="36" height="36" />
      <div>
        <h1>{title}</h1>
        <p class="quiet">{detail}</p>
      </div>
      {children}
    </header>
  );
}
