/** `npm start`: makes the machine ready, then shows the extension at work on the demo site (see demo.ts). */
import { run, setUp } from './setup.js';

const environment = setUp();
run('npx', ['--no-install', 'tsx', 'scripts/demo.ts', ...process.argv.slice(2)], environment);
