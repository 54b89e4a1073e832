/** Two pictures of one size with a line between them that is dragged, or moved by the arrow keys. */
import 'img-comparison-slider';
import 'img-comparison-slider/dist/styles.css';
import type { HTMLImgComparisonSliderElement } from 'img-comparison-slider';
import type { HTMLAttributes, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

type SliderElement = HTMLElement & Pick<HTMLImgComparisonSliderElement, 'value'>;

declare module 'preact' {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how JSX is told of an element
  namespace JSX {
    interface IntrinsicElements {
      'img-comparison-slider': HTMLAttributes<HTMLElement>;
    }
  }
}

/** The component itself is left to right in every language: `before` is at the left. */
export function BeforeAfter({ label, before, after }: { label: string; before: JSX.Element; after: JSX.Element }): JSX.Element {
  const slider = useRef<SliderElement>(null);

  const tell = (): void => slider.current?.setAttribute('aria-valuenow', String(Math.round(slider.current.value)));
  useLayoutEffect(tell, []);
  const jump = (event: KeyboardEvent): void => {
    if (!slider.current || (event.key !== 'Home' && event.key !== 'End')) return;
    event.preventDefault();
    slider.current.value = event.key === 'Home' ? 0 : 100;
    tell();
  };

  return (
    <img-comparison-slider
      ref={slider as never /* the component is a plain HTMLElement to Preact */}
      role="slider"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      onKeyDown={jump}
      {...{ onslide: tell }}
    >
      <div slot="first">{before}</div>
      <div slot="second">{after}</div>
    </img-comparison-slider>
  );
}
