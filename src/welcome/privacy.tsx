/** The privacy statement; docs/privacy.md is its English text. */
import type { JSX } from 'preact';
import { text } from '../shared/text';
import { mount } from '../ui/mount';
import { PageHeader } from '../ui/page-header';

function Privacy(): JSX.Element {
  const parts: [string, string[]][] = [
    [text('welcome_privacy_sent'), [text('welcome_privacy_sent_1'), text('welcome_privacy_sent_2')]],
    [text('welcome_privacy_pictures'), [text('welcome_privacy_pictures_1'), text('welcome_privacy_pictures_2')]],
    [text('welcome_privacy_kept'), [text('welcome_privacy_kept_1'), text('welcome_privacy_kept_2'), text('welcome_privacy_kept_3')]],
    [text('welcome_privacy_rights'), [text('welcome_privacy_rights_1'), text('welcome_privacy_rights_2'), text('welcome_privacy_rights_3')]],
    [text('welcome_privacy_site'), [text('welcome_privacy_site_1')]],
  ];
  return (
    <>
      <PageHeader title={text('welcome_privacy')} detail={text('welcome_privacy_short')} />
      <main class="statement">
        {parts.map(([title, paragraphs]) => (
          <section key={title}>
            <h2 class="title">{title}</h2>
            {paragraphs.map((paragraph) => (
              <p key={paragraph}>{paragraph}</p>
            ))}
          </section>
        ))}
      </main>
    </>
  );
}

mount(<Privacy />, `${text('welcome_privacy')} · ${text('common_name')}`);
