/** Addresses of files in memory, for pictures on a page. */
import { useEffect, useState } from 'preact/hooks';

/** Given back to the browser when the blob is another or its component goes. Null until there is one. */
export function useObjectUrl(blob: Blob | null): string | null {
  const [made, setMade] = useState<{ blob: Blob; url: string } | null>(null);
  useEffect(() => {
    if (!blob) return;
    const url = URL.createObjectURL(blob);
    setMade({ blob, url });
    return () => URL.revokeObjectURL(url);
  }, [blob]);
  return made?.blob === blob ? made.url : null;
}
