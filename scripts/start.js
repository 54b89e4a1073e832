/** `npm start`: makes the machine ready, then shows the extension at work on the demo site (see demo.ts). */
import { run, setUp } from './setup.js';

const args = process.argv.slice(2);
const firefox = args.join(' ').replace('=', ' ').includes('--browser firefox');
const environment = setUp({ chromium: !firefox, firefox });
run('npx', ['--no-install', 'tsx', 'scripts/demo.ts', ...args], environment);
