/** Where in a text pictures stand. */
export interface Picture {
  /** MIME type. */
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface Place {
  start: number;
  end: number;
  /** In their order: one, or those of a drawing; none where something stands that has to go when another picture of the text is replaced. */
  pictures: Picture[];
  /** What shall stand there instead, with these pictures in place of its own. */
  write(pictures: Picture[]): string;
}

/** @param instead null: what stands there stays, letter for letter */
export function rewritten(text: string, places: Place[], instead: (place: Place) => string | null): string {
  let [result, at] = ['', 0];
  for (const place of places) {
    result += text.slice(at, place.start) + (instead(place) ?? text.slice(place.start, place.end));
    at = place.end;
  }
  return result + text.slice(at);
}

/** In their order; of two that overlap the first. */
export function inOrder(places: Place[]): Place[] {
  let end = 0;
  return places
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .filter((place) => place.start >= end && (end = place.end) >= 0);
}
