/** The studio: a person's own photos before and after, and what a site and a face recogniser make of them. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useReducer, useState } from 'preact/hooks';
import { take } from '../shared/handover';
import { warmEngine } from '../shared/engine-client';
import { readSettings } from '../shared/settings';
import { plural, text } from '../shared/text';
import { mount } from '../ui/mount';
import { PageHeader } from '../ui/page-header';
import { ChooseButtons, DropZone, useDropAndPaste } from './intake';
import { Panel } from './panel';
import { isPicture, type Source } from './sources';
import { Strip } from './strip';
import { useSiteCopy, type SiteChoice } from './site-copy';
import { Viewer } from './viewer';
import { Worklist, type Choices } from './worklist';

function Studio({ choices }: { choices: Choices }): JSX.Element {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const worklist = useMemo(() => new Worklist(choices, () => redraw(null)), []);
  const [message, setMessage] = useState('');
  const [site, setSite] = useState<SiteChoice>({ isOn: false, quality: 75, longest: null });
  const { selected, items } = worklist;
  const copy = useSiteCopy(selected, site);

  const add = async (sources: Source[], isFolder: boolean): Promise<void> => {
    setMessage(isFolder ? text('studio_looking') : '');
    const wanted: Source[] = [];
    for (const source of sources) if (!isFolder || (await isPicture(source).catch(() => true))) wanted.push(source);
    worklist.add(wanted);
    setMessage(isFolder ? leftOut(wanted.length, sources.length) : '');
  };
  const isDragging = useDropAndPaste(add);

  useEffect(() => {
    warmEngine();
    void handedOver().then((file) => {
      if (file) worklist.add([{ file, path: file.name }]);
      else if (file === null) setMessage(text('studio_handover_gone'));
    });
    const leave = (): void => worklist.clear();
    addEventListener('pagehide', leave);
    return () => removeEventListener('pagehide', leave);
  }, []);

  return (
    <>
      <PageHeader title={text('studio_title')} detail={text('studio_intro')}>
        {items.length > 0 && <ChooseButtons onFiles={add} />}
      </PageHeader>
      <main class={isDragging ? 'dragging' : ''}>
        <p class="message" role="status">
          {message}
        </p>
        {selected ? (
          <div class="bench">
            <div class="look">
              <Viewer key={selected.id} item={selected} copy={copy} worklist={worklist} />
              {items.length > 1 && <Strip worklist={worklist} />}
            </div>
            <Panel worklist={worklist} item={selected} site={site} onSite={setSite} copy={copy} />
          </div>
        ) : (
          <DropZone onFiles={add} />
        )}
      </main>
    </>
  );
}

/** What is said when a folder was gone through. */
function leftOut(pictures: number, files: number): string {
  if (!pictures) return text('studio_empty_folder');
  return files > pictures ? plural('studio_left_out', files - pictures) : '';
}

/** The picture that the context menu opened this page for. Null where it is not there any more, undefined where there was none. */
async function handedOver(): Promise<File | null | undefined> {
  const id = new URL(location.href).searchParams.get('picture');
  if (id === null) return undefined;
  history.replaceState(null, '', location.pathname); // it can be taken once: a reload begins empty
  return take(id);
}

void readSettings().then((settings) => mount(<Studio choices={settings} />, `${text('studio_title')} · ${text('common_name')}`));
