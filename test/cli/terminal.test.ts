import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { barText, Progress, progressText, shareOf } from '../../src/cli/progress.js';
import { Terminal } from '../../src/cli/terminal.js';

class FakeStream {
  text = '';
  constructor(
    readonly isTTY: boolean,
    readonly columns = 60,
  ) {}
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

const terminalOn = (stream: FakeStream, silent = false): Terminal =>
  new Terminal(stream as unknown as NodeJS.WriteStream, silent);

const kept = { NO_COLOR: process.env.NO_COLOR, TERM: process.env.TERM };
beforeEach(() => {
  delete process.env.NO_COLOR;
  process.env.TERM = 'xterm';
});
afterEach(() => {
  for (const [name, value] of Object.entries(kept)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe('Terminal', () => {
  it('has colours on a terminal only, and not under NO_COLOR or on a dumb one', () => {
    expect(terminalOn(new FakeStream(true)).paint('good', 'x')).toBe('\u001b[32mx\u001b[39m');
    expect(terminalOn(new FakeStream(false)).paint('good', 'x')).toBe('x');
    process.env.NO_COLOR = '1';
    expect(terminalOn(new FakeStream(true)).paint('good', 'x')).toBe('x');
    delete process.env.NO_COLOR;
    process.env.TERM = 'dumb';
    expect(terminalOn(new FakeStream(true)).paint('good', 'x')).toBe('x');
  });

  it('puts lines beside a name, within the width', () => {
    const stream = new FakeStream(true, 40);
    process.env.NO_COLOR = '1';
    terminalOn(stream).section('Data', ['a line that is rather longer than the terminal is wide', 'b']);
    const lines = stream.text.trimEnd().split('\n');
    expect(lines[0].startsWith('Data         a line')).toBe(true);
    expect(lines.every((line) => line.length <= 40)).toBe(true);
    expect(lines.at(-1)).toBe('             b');
  });

  it('counts no room for colours', () => {
    const stream = new FakeStream(true, 40);
    const terminal = terminalOn(stream);
    terminal.section('', [terminal.paint('good', 'exactly twenty-seven letters'.slice(0, 27))]);
    expect(stream.text.trimEnd().split('\n').length).toBe(1);
  });

  it('leaves tables as they are, without spaces at line ends', () => {
    const stream = new FakeStream(false);
    terminalOn(stream).section('T', ['head', '\na   1\nbc  2']);
    expect(stream.text).toBe('T            head\n\n             a   1\n             bc  2\n');
  });

  it('says nothing when silent', () => {
    const stream = new FakeStream(false);
    terminalOn(stream, true).section('T', ['x']);
    expect(stream.text).toBe('');
  });
});

describe('Progress', () => {
  /** What the terminal shows after each write: text since the last carriage return, erased to its end. */
  const shown = (stream: FakeStream): string[] =>
    stream.text
      .split('\r')
      .slice(1)
      .map((line) => stripVTControlCharacters(line));

  it('writes a line once a phase where there is no terminal', () => {
    const stream = new FakeStream(false);
    const progress = new Progress(terminalOn(stream));
    for (let i = 0; i < 50; i++) {
      progress.update({ phase: 'convex solve', primal: 0.5 });
      progress.update({ phase: 'pricing' });
    }
    progress.clear();
    expect(stream.text.split('\n').map((line) => line.split(' · ')[0])).toEqual(['convex solve', 'pricing', '']);
    expect(stream.text).not.toContain('\u001b');
  });

  it('writes over its one line on a terminal without ever clearing it first, and removes it', () => {
    const stream = new FakeStream(true);
    const progress = new Progress(terminalOn(stream));
    progress.update({ phase: 'a'.repeat(200), message: 'b'.repeat(200) });
    progress.update({ phase: 'too soon' });
    expect(stream.text).not.toContain('\n');
    expect(stream.text).not.toContain('too soon');
    expect(shown(stream).every((line) => [...line].length < 60)).toBe(true);
    expect(stream.text).not.toContain('\r\u001b[K');
    progress.clear();
    expect(stream.text.endsWith('\r\u001b[K')).toBe(true);
  });

  it('goes on by the clock while nothing is reported, and keeps what was known', () => {
    vi.useFakeTimers();
    try {
      const stream = new FakeStream(true, 100);
      const progress = new Progress(terminalOn(stream));
      progress.update({ phase: 'convex solve', primal: 0.5, neurons: 7, relativeGap: 1e-3 });
      vi.advanceTimersByTime(1000);
      progress.update({ phase: 'bound' });
      vi.advanceTimersByTime(1000);
      progress.clear();
      const lines = shown(stream).slice(0, -1);
      expect(lines.length).toBeGreaterThan(15);
      expect(lines.length).toBeLessThan(25);
      expect(new Set(lines.map((line) => line[0])).size).toBe(10);
      expect(lines[0]).toMatch(/^\S convex solve {3}━{8}─{8} {2}gap 0\.001 · 7 neurons · 0\.00 s · objective 0\.5$/);
      expect(lines.at(-1)).toMatch(/^\S bound {10}[─━]{16} {2}7 neurons · [\d.]+ s · objective 0\.5$/);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('fills the bar by the share, or by the digits of the gap', () => {
    expect([0, 0.5, 1].map((share) => barText(share, 0))).toEqual([
      '─'.repeat(16),
      '━'.repeat(8) + '─'.repeat(8),
      '━'.repeat(16),
    ]);
    expect(shareOf({ phase: '', fraction: 0.3, relativeGap: 1e-9 }, 1e-6)).toBe(0.3);
    expect(shareOf({ phase: '', relativeGap: 1e-3 }, 1e-6)).toBeCloseTo(0.5, 12);
    const gaps = [0, -1e-17, 1e-9, 1, 3];
    expect(gaps.map((relativeGap) => shareOf({ phase: '', relativeGap }, 1e-6))).toEqual([1, 1, 1, 0, 0]);
    expect(shareOf({ phase: '' }, 1e-6)).toBeUndefined();
  });

  it('moves a piece to and fro where nothing is known', () => {
    const bars = Array.from({ length: 24 }, (_, frame) => barText(undefined, frame));
    expect(bars.every((bar) => bar.length === 16 && bar.includes('━━━━'))).toBe(true);
    expect(bars.every((bar, k) => bar !== bars[(k + 1) % 24])).toBe(true);
  });

  it('says what is known', () => {
    expect(
      progressText(
        { phase: 'convex solve', fraction: 0.405, primal: 0.21345678, relativeGap: 3.14e-4, neurons: 1 },
        3.21,
      ),
    ).toBe('convex solve · 40 % · gap 3.2e-4 · 1 neuron · 3.2 s · objective 0.21346');
    expect(progressText({ phase: 'bound', message: 'round 2' }, 61)).toBe('bound · 1 min 1 s · round 2');
  });
});
