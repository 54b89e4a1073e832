/** The window in which the user lets originals go: what goes where, and the two answers. No page can reach into it or cover it. */
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { ReleaseAnswer, ReleaseQuestion } from '../shared/messages';
import { send } from '../shared/messaging';
import { plural, text } from '../shared/text';
import { mount } from '../ui/mount';

const id = location.hash.slice(1);

function Release({ question: { names, remember, host } }: { question: ReleaseQuestion }): JSX.Element {
  const box = useRef<HTMLInputElement>(null);
  const answer = (isReleased: boolean) => (): void => {
    const given: ReleaseAnswer = { isReleased, remember: isReleased && (box.current?.checked ?? false) };
    void send('background', 'answerRelease', { id, answer: given }).finally(close);
  };
  return (
    <main onKeyDown={({ key }) => key === 'Escape' && answer(false)()}>
      <h1>{text('notice_release')}</h1>
      <ul class="files">
        {names.map((name, index) => (
          <li key={index}>
            <bdi>{name}</bdi>
          </li>
        ))}
      </ul>
      <p>{text('notice_release_detail', host)}</p>
      {remember !== null && (
        <label class="remember">
          <input ref={box} type="checkbox" defaultChecked={remember} />
          {text('notice_remember')}
        </label>
      )}
      <div class="actions">
        <button type="button" class="button danger" onClick={answer(true)}>
          {plural('notice_original', names.length)}
        </button>
        <button type="button" class="button" autofocus onClick={answer(false)}>
          {text('notice_cancel')}
        </button>
      </div>
    </main>
  );
}

const question = await send('background', 'releaseQuestion', { id }).catch(() => null);
if (question) mount(<Release question={question} />, text('notice_release'));
else close();
