/** Every word the notice says. */
import { CloakError } from '../../engine/types';

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export const text = {
  working: (index: number, total: number) => (total > 1 ? `Cloaking picture ${index + 1} of ${total}…` : 'Cloaking your picture…'),
  share: (share: number) => (share > 0 ? ` ${Math.round(100 * share)} %` : ''),
  workingDetail: 'The page gets it when it is ready.',
  done: (faces: number) => `${plural(faces, 'face', 'faces')} cloaked`,
  doneDetail: (pictures: number, recognised: number, hadCredentials: boolean) => {
    const where = pictures > 1 ? `In ${pictures} pictures, on this device.` : 'On this device.';
    const known = recognised > 0 ? ` A recogniser may still know ${plural(recognised, 'face', 'faces')}.` : '';
    return where + known + (hadCredentials ? ' Content credentials were taken out: an edited picture breaks them.' : '');
  },
  originalSent: (count: number) => `${plural(count, 'picture', 'pictures')} went on without a cloak`,
  failed: (failures: number, total: number) =>
    total > 1 ? `${failures} of ${plural(total, 'file', 'files')} could not be cloaked` : 'This picture could not be cloaked',
  failedDetail: (name: string, error: unknown) =>
    `${name}: ${error instanceof CloakError ? error.message : 'Something unexpected went wrong.'} The page has received nothing.`,
  retry: 'Try again',
  original: (count: number) => (count > 1 ? 'Upload the originals' : 'Upload the original'),
  cancel: 'Cancel',
  close: 'Close',
  keyboard: 'Press F6 to get to the choices.',
};
