/**
 * Runs in the page's own world before its first script. All it does is show the content script the inputs whose
 * chooser opens out of its sight, since no event of an input that is in no document reaches the window.
 */
import { hookClick } from './click';
import { hookDispatchEvent } from './dispatch-event';
import { hookToString } from './hook';
import { hookShowPicker } from './show-picker';
import { meetOtherWorld, showElement } from './wire';

meetOtherWorld((wire) => {
  const onOpen = (input: EventTarget): void => showElement(wire, input);
  hookClick(onOpen);
  hookShowPicker(onOpen);
  hookDispatchEvent(onOpen);
  hookToString();
});
