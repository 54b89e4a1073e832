/** A portrait of nobody (CC0, see samples/README.md) to show a cloak on. */
import portrait from '../../samples/portrait-2.jpg';

export const samplePortraitUrl = portrait;

/** Read from the extension itself. */
export async function samplePortrait(): Promise<File> {
  const blob = await (await fetch(portrait)).blob();
  return new File([blob], 'portrait.jpg', { type: 'image/jpeg' });
}
