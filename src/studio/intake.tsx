/** The ways into the studio: drop, paste, choose photos, choose a folder. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { text } from '../shared/text';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { samplePortrait } from '../ui/sample';
import { fromInput, fromTransfer, type Source } from './sources';

export type OnFiles = (sources: Source[], isFolder: boolean) => Promise<void>;

/** Files may be dropped and pasted anywhere on the page. True while some are held over it. */
export function useDropAndPaste(onFiles: OnFiles): boolean {
  const [isDragging, setDragging] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    const take = (event: Event, transfer: DataTransfer | null): void => {
      if (!transfer || ![...transfer.items].some(({ kind }) => kind === 'file')) return;
      event.preventDefault();
      void fromTransfer(transfer).then((sources) => latest.current(sources, sources.some(({ file, path }) => path !== file.name)));
    };
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setDragging(true);
    };
    const leave = (event: DragEvent): void => {
      if (!event.relatedTarget) setDragging(false); // it went out of the window
    };
    const drop = (event: DragEvent): void => {
      setDragging(false);
      take(event, event.dataTransfer);
    };
    const paste = (event: ClipboardEvent): void => take(event, event.clipboardData);
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
    };
  }, []);
  return isDragging;
}

export function ChooseButtons({ onFiles, isFirst = false }: { onFiles: OnFiles; isFirst?: boolean }): JSX.Element {
  const photos = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const taker = (isFolder: boolean) => (event: { currentTarget: HTMLInputElement }) => {
    const { currentTarget: input } = event;
    void onFiles(fromInput(input.files), isFolder);
    input.value = ''; // so that the same can be chosen again
  };
  return (
    <div class="choose">
      <Button id="choose-photos" {...(isFirst && { kind: 'primary' as const })} onClick={() => photos.current?.click()}>
        <Icon name="picture" />
        {text('studio_choose')}
      </Button>
      <Button id="choose-folder" onClick={() => folder.current?.click()}>
        <Icon name="folder" />
        {text('studio_choose_folder')}
      </Button>
      <input ref={photos} type="file" accept="image/*" multiple hidden onChange={taker(false)} />
      <input ref={folder} type="file" {...{ webkitdirectory: true }} hidden onChange={taker(true)} />
    </div>
  );
}

export function DropZone({ onFiles }: { onFiles: OnFiles }): JSX.Element {
  return (
    <section class="drop-zone">
      <Icon name="studio" />
      <h2>{text('studio_drop')}</h2>
      <p class="quiet">{text('studio_drop_detail')}</p>
      <ChooseButtons onFiles={onFiles} isFirst />
      <Button id="sample" kind="plain" onClick={() => void samplePortrait().then((file) => onFiles([{ file, path: file.name }], false))}>
        {text('studio_sample')}
      </Button>
      <small>{text('studio_formats')}</small>
    </section>
  );
}
