/** Runs in every frame of the listed sites, in a world of its own, before the page's first script. */
import { watchProtection } from './protection';
import { watchAttachedInputs } from './routes/attached-input';
import { watchDetachedInputs } from './routes/detached-input';
import { watchDrops } from './routes/drop';
import { watchPastes } from './routes/paste';

watchDetachedInputs(); // first: the page's world waits for it
watchAttachedInputs();
watchDrops();
watchPastes();
watchProtection();
