/** docs/permissions.md says of every permission why it is asked for, and of none that is not. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

it('names every permission of the manifest, and no other', async () => {
  const manifest = JSON.parse(await readFile('manifest.json', 'utf8')) as { permissions: string[]; optional_host_permissions: string[] };
  const page = await readFile('docs/permissions.md', 'utf8');
  const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
  expect(named.sort()).toEqual([...manifest.permissions, 'host_permissions', 'optional_host_permissions'].sort());
  for (const pattern of manifest.optional_host_permissions) expect(page).toContain(`\`${pattern}\``);
});
