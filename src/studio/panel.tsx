/** What can be chosen and seen beside the picture: strength, likeness, the site's compression, saving. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { TARGET_SIMILARITY } from '../engine/selfCheck/similarity';
import type { FaceLikeness, FaceReport } from '../engine/types';
import { number, percent, plural, text } from '../shared/text';
import { sureness, told } from '../shared/certainty';
import { strengths } from '../shared/strengths';
import { Button, Card, Select, Switch } from '../ui/controls';
import { Icon } from '../ui/icons';
import { longestSides } from './recompress';
import { canSaveToFolder, chooseFolder, download, fitsZip, saveToFolder, zip, type Saved } from './save';
import type { SiteChoice, SiteCopy } from './site-copy';
import type { Item, Worklist } from './worklist';

interface PanelProps {
  worklist: Worklist;
  item: Item;
  site: SiteChoice;
  onSite(site: SiteChoice): void;
  copy: SiteCopy | null;
}

export function Panel({ worklist, item, site, onSite, copy }: PanelProps): JSX.Element {
  const { state } = item;
  const faces = state.name === 'done' ? state.report.faces : [];
  return (
    <aside class="panel">
      <section class="card">
        <Select
          id="strength"
          label={text('studio_strength')}
          detail={text(`studio_strength_${worklist.strength}_detail`)}
          value={worklist.strength}
          options={strengths.map((value) => ({ value, name: text(`studio_strength_${value}`) }))}
          onChange={(strength) => worklist.choose(strength)}
        />
      </section>
      <Card id="likeness" title={text('studio_likeness')}>
        {faces.length ? (
          <>
            <ol class="faces">
              {faces.map((face, i) => (
                <Face key={i} place={i + 1} face={face} onSite={site.isOn ? (copy?.faces?.[i] ?? null) : undefined} />
              ))}
            </ol>
            <small>{text('studio_likeness_detail', cosine(TARGET_SIMILARITY))}</small>
          </>
        ) : (
          <p class="quiet">{text('studio_likeness_none')}</p>
        )}
      </Card>
      <SiteCard site={site} onSite={onSite} copy={copy} />
      <SaveCard item={item} worklist={worklist} />
    </aside>
  );
}

const cosine = (similarity: number): string => number(similarity, { minimumFractionDigits: 3, maximumFractionDigits: 3 });

const certainty = (similarity: number): string => percent(told(sureness(similarity)));

/** Cosines below this all look the same on the bar: two strangers score about as much. */
const BAR_FROM = 0.8;

/** `onSite`: after the site's compression; null while it is measured, undefined where it is not asked for. */
function Face({ place, face, onSite }: { place: number; face: FaceReport; onSite: FaceLikeness | null | undefined }): JSX.Element | null {
  const now = onSite ?? face;
  if (!face.similarity || !now.similarity) return null;
  const share = (similarity: number): string => `${100 * Math.max(0, (similarity - BAR_FROM) / (1 - BAR_FROM))}%`;
  return (
    <li class={now.recognised ? 'known' : 'unknown'}>
      <p>
        <b>{text('studio_face', number(place))}</b> {text(now.recognised ? 'studio_known' : 'studio_unknown')}
      </p>
      <div class="bar" aria-hidden="true" style={{ '--before': share(face.similarity.before), '--after': share(now.similarity.after) }} />
      <small>
        {text('studio_similarity', cosine(face.similarity.before), cosine(face.similarity.after))}
        {onSite?.similarity && <> · {text('studio_similarity_site', cosine(onSite.similarity.after))}</>}
        {onSite === null && <> · {text('studio_measuring')}</>}
      </small>
      <small>{text('popup_certainty', certainty(face.similarity.before), certainty(now.similarity.after))}</small>
    </li>
  );
}

function SiteCard({ site, onSite, copy }: { site: SiteChoice; onSite(site: SiteChoice): void; copy: SiteCopy | null }): JSX.Element {
  const sides = longestSides.map((side) => ({
    value: String(side ?? ''),
    name: side ? text('studio_pixels', number(side, { useGrouping: false })) : text('studio_longest_none'),
  }));
  return (
    <section class="card">
      <Switch id="site" label={text('studio_site')} detail={text('studio_site_detail')} checked={site.isOn} onChange={(isOn) => onSite({ ...site, isOn })} />
      {site.isOn && (
        <>
          <label class="row">
            <b>{text('studio_quality')}</b>
            <input
              id="quality"
              type="range"
              min="20"
              max="95"
              step="5"
              value={site.quality}
              onInput={(event) => onSite({ ...site, quality: event.currentTarget.valueAsNumber })}
            />
            <output for="quality">{number(site.quality)}</output>
          </label>
          <Select
            id="longest"
            label={text('studio_longest')}
            value={String(site.longest ?? '')}
            options={sides}
            onChange={(side) => onSite({ ...site, longest: side ? Number(side) : null })}
          />
          {copy && <small id="site-size">{text('studio_site_size', fileSize(copy.file.size))}</small>}
        </>
      )}
    </section>
  );
}

function fileSize(bytes: number): string {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  return number(value, { style: 'unit', unit, maximumSignificantDigits: 3 });
}

function cloakedOnes(items: Item[]): Saved[] {
  return items.flatMap(({ path, state }) => (state.name === 'done' && state.report.outcome === 'cloaked' ? [{ file: state.file, path }] : []));
}

function SaveCard({ item, worklist }: { item: Item; worklist: Worklist }): JSX.Element {
  const [said, say] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [one] = cloakedOnes([item]);
  const all = cloakedOnes(worklist.items);

  /** `work` tells whether something was saved. */
  const save = async (pictures: Saved[], work: () => Promise<boolean> | boolean): Promise<void> => {
    setBusy(true);
    say('');
    try {
      if (await work()) say(plural('studio_saved', pictures.length));
    } catch {
      say(text('studio_save_failed'));
    } finally {
      setBusy(false);
    }
  };
  const saveOne = (): boolean => {
    download(one!.file, one!.file.name);
    return true;
  };
  const saveZip = async (): Promise<boolean> => {
    download(await zip(all), `${text('common_name')}.zip`);
    return true;
  };
  const saveAll = async (): Promise<boolean> => {
    const folder = await chooseFolder();
    if (folder) await saveToFolder(all, folder);
    return folder !== null;
  };
  return (
    <section class="card save">
      <Button id="save" kind="primary" disabled={!one || isBusy} onClick={() => void save([one!], saveOne)}>
        <Icon name="save" />
        {text('studio_save')}
      </Button>
      {worklist.items.length > 1 && (
        <>
          <Button id="save-zip" disabled={!all.length || !fitsZip(all) || isBusy} onClick={() => void save(all, saveZip)}>
            {text('studio_save_zip')}
          </Button>
          {canSaveToFolder && (
            <Button id="save-folder" disabled={!all.length || isBusy} onClick={() => void save(all, saveAll)}>
              <Icon name="folder" />
              {text('studio_save_folder')}
            </Button>
          )}
          {!fitsZip(all) && <small>{text('studio_zip_too_large')}</small>}
        </>
      )}
      <small id="saved" role="status">
        {said || text('studio_save_detail')}
      </small>
    </section>
  );
}
