/** The service worker: creates the engine's host when asked. */
import { browser } from '../shared/browser';

void browser;
