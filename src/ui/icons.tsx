/** The icon set (iconPaths.ts) as a component. */
import type { JSX } from 'preact';
import { iconLine, iconPaths, type IconName } from './iconPaths';

/** Decoration only: what it means must be said beside it. */
export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 20 20" fill="none" aria-hidden="true">
      <path d={iconPaths[name]} {...iconLine} />
    </svg>
  );
}
