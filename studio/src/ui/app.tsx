import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Tab, tabs } from '../core/choices.js';
import { Controls } from './controls.js';
import { Luck } from './luck.js';
import { OptimalSetView } from './optimal.js';
import { Play } from './play.js';
import { shownOf, studio, use, useChoice } from './studio.js';
import { Take } from './take.js';

const titles: Readonly<Record<Tab, string>> = {
  play: 'Play',
  luck: 'Truth against luck',
  set: 'The optimal set',
  take: 'Take it away',
};

const screens: Readonly<Record<Tab, () => JSX.Element>> = { play: Play, luck: Luck, set: OptimalSetView, take: Take };

export function App() {
  const tab = useChoice('tab');
  const Screen = screens[tab];
  const solved = use((state) => shownOf(state)?.kind === 'fit');
  useDrop();
  return (
    <>
      <header class="top">
        <h1>
          Relucent <span>Studio</span>
        </h1>
        <nav aria-label="Screens">
          {tabs.map((name) => (
            <button
              type="button"
              key={name}
              aria-current={tab === name ? 'page' : undefined}
              onClick={() => studio.choose({ tab: name })}
            >
              {titles[name]}
            </button>
          ))}
        </nav>
        <div class="tools">
          <Share />
          <Theme />
        </div>
      </header>
      <Notice />
      <main class={`screen screen-${tab}`} aria-label={titles[tab]} data-solved={solved}>
        <Controls />
        <Screen />
      </main>
    </>
  );
}

/** One line, always with room for it. */
function Notice() {
  const notice = use((state) => state.notice);
  return (
    <div class={`notice ${notice?.kind ?? 'none'}`} role={notice?.kind === 'error' ? 'alert' : 'status'}>
      {notice && (
        <>
          <span>{notice.text}</span>
          <button type="button" aria-label="Dismiss" onClick={() => studio.set({ notice: null })}>
            ×
          </button>
        </>
      )}
    </div>
  );
}

function Share() {
  const [said, setSaid] = useState('Share');
  const share = async (): Promise<void> => {
    const link = await studio.link();
    if (link === null)
      return studio.say('error', 'This table is too large for a link: download model.json or the report instead.');
    history.replaceState(null, '', `#${link}`);
    const copied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    setSaid(copied ? 'Link copied' : 'Link in the address');
    setTimeout(() => setSaid('Share'), 1800);
  };
  return (
    <button type="button" class="share" onClick={() => void share()}>
      {said}
    </button>
  );
}

const themes = ['', 'light', 'dark'] as const;

function Theme() {
  const [theme, setTheme] = useState<string>('');
  const next = themes[(themes.indexOf(theme as '') + 1) % themes.length];
  const name = (value: string): string => (value === '' ? 'as the system' : value);
  useEffect(() => {
    if (theme === '') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return (
    <button
      type="button"
      class="theme"
      title={`Colours: ${name(theme)}`}
      aria-label={`Colours: ${name(theme)}; change to ${name(next)}`}
      onClick={() => setTheme(next)}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path
          d={theme === 'light' ? '' : theme === 'dark' ? 'M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12' : 'M8 2a6 6 0 0 1 0 12z'}
          fill="currentColor"
        />
      </svg>
    </button>
  );
}

/** Files dropped anywhere and text pasted outside of fields become the data. */
function useDrop(): void {
  useEffect(() => {
    const over = (event: DragEvent): void => event.preventDefault();
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      const text = event.dataTransfer?.getData('text');
      if (file) void readFile(file);
      else if (text) void studio.load('dropped.csv', text);
    };
    const paste = (event: ClipboardEvent): void => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      const text = event.clipboardData?.getData('text');
      if (text) void studio.load('pasted.csv', text);
    };
    addEventListener('dragover', over);
    addEventListener('drop', drop);
    addEventListener('paste', paste);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('drop', drop);
      removeEventListener('paste', paste);
    };
  }, []);
}

export async function readFile(file: File): Promise<void> {
  if (file.size > 20e6)
    return studio.say(
      'error',
      `${file.name}: ${Math.round(file.size / 1e6)} MB is more than this page reads (20 MB); train it with: relucent fit ${file.name}`,
    );
  await studio.load(file.name, new Uint8Array(await file.arrayBuffer()));
}
