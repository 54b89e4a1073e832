/** A portrait before and after, cloaked by the user's own device while they read. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { CloakReport } from '../engine/types';
import { cloak } from '../shared/engine-client';
import { errorText } from '../shared/errorText';
import { defaultMetadataPolicy } from '../shared/metadataPolicies';
import type { Strength } from '../shared/strengths';
import { number, text } from '../shared/text';
import { BeforeAfter } from '../ui/before-after';
import { useObjectUrl } from '../ui/object-url';
import { samplePortrait, samplePortraitUrl } from '../ui/sample';

type Outcome = { file: File; report: CloakReport } | { error: unknown };

export function Demonstration({ strength }: { strength: Strength }): JSX.Element {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const cloaked = outcome && 'file' in outcome ? outcome : null;
  const after = useObjectUrl(cloaked?.file ?? null);

  useEffect(() => {
    const controller = new AbortController();
    const stop = (): void => controller.abort();
    const show = (shown: Outcome): void => {
      if (!controller.signal.aborted) setOutcome(shown);
    };
    void samplePortrait()
      .then((file) => cloak(file, { strength, metadata: defaultMetadataPolicy }, controller.signal, () => {}))
      .then(show, (error: unknown) => show({ error }));
    addEventListener('pagehide', stop);
    return () => {
      removeEventListener('pagehide', stop);
      stop();
    };
  }, []);

  const before = <img src={samplePortraitUrl} alt={text('welcome_demo_before')} width="640" height="640" draggable={false} />;
  return (
    <figure class="demo">
      <div class="frame">
        {cloaked && after ? (
          <BeforeAfter
            label={text('studio_slider')}
            before={before}
            after={<img src={after} alt={text('welcome_demo_after')} width="640" height="640" draggable={false} />}
          />
        ) : (
          before
        )}
      </div>
      {cloaked && (
        <p class="sides quiet" dir="ltr">
          <span>{text('studio_before')}</span>
          <span>{text('studio_after')}</span>
        </p>
      )}
      <figcaption>
        <p role="status">{said(outcome)}</p>
      </figcaption>
    </figure>
  );
}

function said(outcome: Outcome | null): string {
  if (!outcome) return text('welcome_demo_working');
  if ('error' in outcome) return errorText(outcome.error);
  return text('welcome_demo_done', number(outcome.report.ms.total / 1000, { style: 'unit', unit: 'second', maximumFractionDigits: 1 }));
}
