import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Progress, progressText } from '../../src/cli/progress.js';
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

  it('writes over its one line on a terminal, and removes it', () => {
    const stream = new FakeStream(true);
    const progress = new Progress(terminalOn(stream));
    progress.update({ phase: 'a'.repeat(200) });
    progress.update({ phase: 'too soon' });
    expect(stream.text).not.toContain('\n');
    expect(stream.text).not.toContain('too soon');
    expect(stripVTControlCharacters(stream.text).trim().length).toBeLessThanOrEqual(60);
    progress.clear();
    expect(stream.text.endsWith('\r\u001b[K')).toBe(true);
  });

  it('says what is known', () => {
    expect(
      progressText(
        { phase: 'convex solve', fraction: 0.405, primal: 0.21345678, relativeGap: 3.14e-4, neurons: 1 },
        3.21,
      ),
    ).toBe('convex solve · 40 % · objective 0.21346 · gap 3.2e-4 · 1 neuron · 3.2 s');
    expect(progressText({ phase: 'bound', message: 'round 2' }, 61)).toBe('bound · round 2 · 1 min 1 s');
  });
});
