/** A block of code in a document. */
export interface Fence {
  readonly language: string;
  /** The words after the language: `run`, `no-run`. */
  readonly marks: readonly string[];
  readonly code: string;
  /** 1-based line of the opening fence. */
  readonly line: number;
}

/** The fenced blocks of a Markdown text, indented ones too, in order. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  const pattern = /^( *)(`{3,})([^\n`]*)\n([\s\S]*?)^ *\2 *$/gm;
  for (const { index, 1: indent, 3: info, 4: body } of markdown.matchAll(pattern)) {
    const [language = '', ...marks] = info.trim().split(/\s+/);
    const code = body.replaceAll(new RegExp(`^ {0,${indent.length}}`, 'gm'), '');
    fences.push({ language, marks, code, line: markdown.slice(0, index).split('\n').length });
  }
  return fences;
}

/** `sh` runs unless marked `no-run`; `ts` runs when marked `run`. */
export const isRun = ({ language, marks }: Fence): boolean =>
  language === 'sh' ? !marks.includes('no-run') : language === 'ts' && marks.includes('run');
