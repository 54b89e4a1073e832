/** Builds the extension for Firefox: `vite build -c vite.firefox.config.ts`, of the same source (see vite.config.ts). */
import { defineConfig } from 'vite';
import { configFor } from './vite.config';

export default defineConfig(configFor('firefox'));
