/** What a site makes of the cloaked picture, and what the recogniser then makes of that. */
import { useEffect, useState } from 'preact/hooks';
import type { FaceLikeness } from '../engine/types';
import { compare } from '../shared/engine-client';
import { recompress, type SiteCompression } from './recompress';
import type { Item } from './worklist';

export interface SiteChoice extends SiteCompression {
  isOn: boolean;
}

export interface SiteCopy {
  file: File;
  /** For each face of the report; null until it is measured. */
  faces: FaceLikeness[] | null;
}

/** While a slider moves nothing is done. */
const SETTLE_MS = 200;

/** Null where there is none: not asked for, not ready, or the picture is not cloaked. Of choices that were changed since, nothing comes. */
export function useSiteCopy(item: Item | null, { isOn, quality, longest }: SiteChoice): SiteCopy | null {
  const [made, setMade] = useState<(SiteCopy & { of: unknown }) | null>(null);
  const state = item?.state;
  const cloaked = isOn && state?.name === 'done' && state.report.outcome === 'cloaked' ? state : null;
  useEffect(() => {
    if (!cloaked || !item) {
      setMade(null);
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(async () => {
      const file = await recompress(cloaked.file, { quality, longest }).catch(() => null);
      if (!file || controller.signal.aborted) return;
      setMade({ of: cloaked, file, faces: null });
      const faces = await compare(item.file, file, cloaked.report.faces, controller.signal).catch(() => null);
      if (faces && !controller.signal.aborted) setMade({ of: cloaked, file, faces });
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [cloaked, quality, longest]);
  return made && made.of === cloaked ? made : null;
}
