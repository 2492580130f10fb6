import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { type CrossValidation, readModel, readPath } from '../../src/index.js';
import { runHere } from './here.js';
import { type Outcome, relucent, workFolder } from './run.js';

const folder = workFolder();
const run = (typed: string): Promise<Outcome> => runHere(typed.split(' '), folder.path);
const textOf = (name: string): string => readFileSync(folder.at(name), 'utf8');
const predictions = (outcome: Outcome): number[] => outcome.stdout.trim().split('\n').slice(1).map(Number);

/** A bent plane with some noise, a column of groups and one of folds. */
function bentCsv(): string {
  const random = createRandom(3);
  const lines = Array.from({ length: 60 }, (_, i) => {
    const [a, b] = [random.normal(), random.normal()];
    return [a, b, `g${i % 12}`, i % 4, Math.abs(a) + Math.max(0, b) + 0.1 * random.normal()].join(',');
  });
  return `a,b,group,fold,y\n${lines.join('\n')}\n`;
}

beforeAll(() => writeFileSync(folder.at('bent.csv'), bentCsv()));
afterAll(() => folder.remove());

const path = 'path bent.csv --target y --drop group,fold --lambdas 8 --min-ratio 0.02 --threads 1';

describe('relucent path', () => {
  it('writes a certified network at every λ, and a page about them', async () => {
    const outcome = await run(`${path} -o path.json --report path.html`);
    expect([outcome.code, outcome.stderr.includes('relucent:')]).toEqual([0, false]);
    const { points, lambdas, end, lambdaMax } = readPath(textOf('path.json'));
    expect([points.length, lambdas.length, end]).toEqual([8, 8, 'complete']);
    expect(points[0].lambda).toBe(lambdaMax);
    expect(points[0].weights.hidden.rows).toBe(0);
    expect(points[7].weights.hidden.rows).toBeGreaterThan(1);
    for (const { certificate } of points) expect(certificate.relativeGap).toBeLessThanOrEqual(certificate.tolerance);
    expect(outcome.stdout).toContain('8 of 8 λ');
    expect(outcome.stdout).toContain('the gap is reached at every one');
    const { document } = parseHTML(textOf('path.html'));
    expect(document.querySelectorAll('svg').length).toBeGreaterThan(3);
    expect(document.body.textContent).toContain('relucent path bent.csv --target y');
  });

  it('ends where it is told to and goes on to the same bytes', async () => {
    const cut = await run(`${path} --max-neurons 2 -o cut.json --quiet`);
    expect(cut.code).toBe(0);
    const before = readPath(textOf('cut.json'));
    expect(before.end).toBe('max-neurons');
    expect(before.points.length).toBeLessThan(8);
    expect(textOf('cut.json')).not.toBe(textOf('path.json'));
    expect((await run(`${path} --resume -o cut.json --quiet`)).code).toBe(0);
    expect(textOf('cut.json')).toBe(textOf('path.json'));
  });

  it('gives its networks by λ: those it has, and those between', async () => {
    const [above, below] = readPath(textOf('path.json')).points.slice(5, 7);
    const at = async (lambda: number): Promise<number[]> =>
      predictions(await run(`predict path.json bent.csv --lambda ${lambda}`));
    const [first, last] = [await at(above.lambda), await at(below.lambda)];
    const middle = await at((above.lambda + below.lambda) / 2);
    middle.forEach((value, i) => {
      expect(value).toBeCloseTo((first[i] + last[i]) / 2, 9);
    });
    const verified = await run(`verify path.json bent.csv --lambda ${above.lambda}`);
    expect([verified.code, verified.stdout.includes('✓ accepted')]).toEqual([0, true]);
    expect((await run(`info path.json --lambda ${above.lambda}`)).stdout).toContain('Certificate');
    expect((await run(`export path.json --to js --lambda ${above.lambda}`)).stdout).toContain('export');
  });

  it('a network between two has no certificate: only predict and export take it', async () => {
    const [above, below] = readPath(textOf('path.json')).points.slice(5, 7);
    const between = (above.lambda + below.lambda) / 2;
    for (const command of ['info path.json', 'verify path.json bent.csv', 'prune path.json bent.csv -o less.json']) {
      const outcome = await run(`${command} --lambda ${between}`);
      expect([command, outcome.code, outcome.stdout]).toEqual([command, 2, '']);
      expect(outcome.stderr).toMatch(/^relucent: --lambda: path\.json has no certificate at \S+; it has .+\.\n$/);
    }
    expect(folder.files()).not.toContain('less.json');
    for (const command of ['predict path.json bent.csv', 'export path.json --to js']) {
      expect((await run(`${command} --lambda ${between}`)).code).toBe(0);
    }
  });

  it('takes its own λ as its table shows them', async () => {
    for (const { lambda } of readPath(textOf('path.json')).points) {
      const shown = lambda.toPrecision(3);
      for (const command of ['info path.json', 'predict path.json bent.csv', 'verify path.json bent.csv']) {
        const [own, rounded] = [await run(`${command} --lambda ${lambda}`), await run(`${command} --lambda ${shown}`)];
        expect([command, shown, rounded.code, rounded.stdout]).toEqual([command, shown, 0, own.stdout]);
      }
    }
  }, 60_000);

  it('refuses to go on with the path of other data', async () => {
    writeFileSync(folder.at('other.csv'), bentCsv().replace('g1,', 'g2,').split('\n').slice(0, 50).join('\n'));
    const outcome = await run(`${path.replace('bent.csv', 'other.csv')} --resume -o path.json`);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/path: the path to go on with was made from other rows than those of other\.csv/);
  });

  it('Ctrl-C leaves a path that --resume completes, byte for byte', async () => {
    // many λ: the signal must come before the last of them
    const long = path.replace('--lambdas 8', '--lambdas 80');
    expect((await run(`${long} -o whole.json --quiet`)).code).toBe(0);
    const args = `${long} -o stopped.json`.split(' ');
    const once = onlyOnce();
    const outcome = await relucent(args, {
      cwd: folder.path,
      onStderr: (stderr, kill) => {
        if (/path ·/.test(stderr) && !stderr.includes('interrupted')) once(kill);
      },
    });
    expect([outcome.code, outcome.stderr]).toEqual([130, expect.stringContaining('of the path are in stopped.json')]);
    const { points, end } = readPath(textOf('stopped.json'));
    expect(points.length).toBeGreaterThan(0);
    expect(points.length).toBeLessThan(80);
    expect(end).toBe('aborted');
    expect((await run(`${long} --resume -o stopped.json --quiet`)).code).toBe(0);
    expect(textOf('stopped.json')).toBe(textOf('whole.json'));
  });
});

/** Sends Ctrl-C at the first call alone: a second one would stop the command at once. */
function onlyOnce(): (kill: (signal: 'SIGINT') => void) => void {
  let sent = false;
  return (kill) => {
    if (!sent) kill('SIGINT');
    sent = true;
  };
}

describe('relucent path --cv', () => {
  const compared = `${path} --cv --folds 3`;

  it('compares its own λ on its training rows, and shows what it chose', async () => {
    const outcome = await run(`${compared} -o compared.json --report compared.html --figures figs`);
    expect(outcome.code).toBe(0);
    const plain = readPath(textOf('path.json'));
    const { crossValidation, ...rest } = readPath(textOf('compared.json'));
    expect(rest).toEqual(plain);
    expect(crossValidation).toMatchObject({ folds: 3, end: 'complete', measure: 'mse', lambdas: plain.lambdas });
    const cv = JSON.parse(
      (
        await run(
          `cv bent.csv --target y --drop group,fold --folds 3 --threads 1 --json --lambdas ${plain.lambdas.join()}`,
        )
      ).stdout,
    );
    // the training rows alone: 48 of 60
    expect(cv.manner).toBe('random folds of 60 rows');
    expect(crossValidation?.manner).toBe('random folds of 48 rows');
    expect(outcome.stdout).toMatch(/Chosen +λ = \S+ \(lambda\.min\) by 3 folds/);
    expect(outcome.stdout).toMatch(/exact +lambda\.min/);
    const { document } = parseHTML(textOf('compared.html'));
    const words = document.body.textContent ?? '';
    expect(words).toContain('was chosen by 3-fold cross-validation (random folds of 48 rows)');
    expect(words).toContain('lambda.1se');
    const drawn = folder.files().includes('figs') ? readdirSync(folder.at('figs')) : [];
    const names = ['certificate', 'cross-validation', 'gap', 'importance', 'map', 'network', 'neurons', 'path'];
    expect(drawn.sort()).toEqual(
      [...names, 'predicted', 'residuals'].flatMap((name) => [`${name}.png`, `${name}.svg`]),
    );
    for (const name of ['path', 'cross-validation']) expect(textOf(`figs/${name}.svg`)).toContain('lambda.1se');
    expect(readFileSync(folder.at('figs/path.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  it('finds the networks that it chose by --lambda cv and cv-1se', async () => {
    const { crossValidation } = readPath(textOf('compared.json'));
    const { lambdas, min, oneStandardError } = crossValidation as CrossValidation;
    for (const [rule, k] of [
      ['cv', min],
      ['cv-1se', oneStandardError],
    ] as const) {
      const chosen = await run(`predict compared.json bent.csv --lambda ${rule}`);
      expect(chosen.stdout).toBe((await run(`predict compared.json bent.csv --lambda ${lambdas[k]}`)).stdout);
      expect((await run(`verify compared.json bent.csv --lambda ${rule}`)).stdout).toContain('✓ accepted');
    }
    const none = await run('predict path.json bent.csv --lambda cv');
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringMatching(/--lambda cv: path.json has no cross-validation/),
    ]);
  });

  it('without it, says on the page that nothing was chosen, and what chooses', async () => {
    const words = parseHTML(textOf('path.html')).document.body.textContent ?? '';
    expect(words).toMatch(/Nothing was chosen: the network on this page is the last of the path, at λ = /);
    expect(words).toContain('relucent path … --cv compares all of them');
    for (const wrong of ['--measure auc', '--folds 100']) {
      const late = await run(`${path} --cv ${wrong} -o no.json`);
      expect([late.code, late.stderr]).toEqual([2, expect.stringMatching(/^relucent: cross-validation: .*\n$/)]);
    }
    expect(folder.files()).not.toContain('no.json');
    const early = await run(`${path} --folds 3 -o no.json`);
    expect([early.code, early.stderr]).toEqual([
      2,
      'relucent: --folds, --measure: are for --cv; add it, or leave them out.\n',
    ]);
  });

  it('Ctrl-C among the folds keeps path and folds, and --resume ends with the same bytes', async () => {
    // many folds: the signal must come before the last of them
    const folded = `${path} --cv --folds 40`;
    expect((await run(`${folded} -o uncut.json --quiet`)).code).toBe(0);
    const args = `${folded} -o cut.json`.split(' ');
    const once = onlyOnce();
    const outcome = await relucent(args, {
      cwd: folder.path,
      onStderr: (stderr, kill) => {
        if (/cross-validation ·/.test(stderr) && !stderr.includes('interrupted')) once(kill);
      },
    });
    expect([outcome.code, outcome.stderr]).toEqual([
      130,
      expect.stringContaining('8 networks of the path are in cut.json, without their cross-validation'),
    ]);
    expect(outcome.stdout).toContain('--cv --resume -o cut.json goes on');
    expect(textOf('cut.json')).toBe(textOf('path.json'));
    expect(JSON.parse(textOf('cut.folds.json')).unfinished.folds).toHaveLength(40);
    expect((await run(`${folded} --resume -o cut.json --quiet`)).code).toBe(0);
    expect(textOf('cut.json')).toBe(textOf('uncut.json'));
    expect(folder.files()).not.toContain('cut.folds.json');
  });
});

describe('relucent cv', () => {
  const cv = 'cv bent.csv --target y --drop group --lambdas 6 --min-ratio 0.05 --threads 1';

  it('prints the curve and its choices, and writes them', async () => {
    const outcome = await run(`${cv} --folds 4 -o cv.json`);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/lambda\.min = \S+: mean squared error \S+ \(y²\) ± /);
    const curve = JSON.parse(textOf('cv.json'));
    expect(curve).toMatchObject({ folds: 4, repeats: 1, measure: 'mse', end: 'complete' });
    expect(curve.mean).toHaveLength(6);
    expect(curve.lambdas[curve.oneStandardError]).toBeGreaterThanOrEqual(curve.lambdas[curve.min]);
  });

  it('Ctrl-C leaves folds that --resume completes, byte for byte', async () => {
    const args = `${cv} --folds 4 -o stopped-cv.json --quiet`;
    const once = onlyOnce();
    const outcome = await relucent(args.replace(' --quiet', '').split(' '), {
      cwd: folder.path,
      onStderr: (stderr, kill) => {
        if (/cross-validation ·/.test(stderr) && !stderr.includes('interrupted')) once(kill);
      },
    });
    expect([outcome.code, outcome.stderr]).toEqual([
      130,
      expect.stringContaining('--resume -o stopped-cv.json goes on'),
    ]);
    const stopped = textOf('stopped-cv.json');
    expect(JSON.parse(stopped).unfinished.folds).toHaveLength(4);
    const refused = async (typed: string, words: RegExp): Promise<void> => {
      const { code, stderr } = await run(typed);
      expect([code, stderr]).toEqual([
        expect.toSatisfy((c: number) => c === 2 || c === 5),
        expect.stringMatching(words),
      ]);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(textOf('stopped-cv.json')).toBe(stopped);
    };
    await refused(`${args} --resume --measure mae`, /was made with measure mse, not mae/);
    await refused(`${args} --resume --seed 3`, /was made with seed 0, not 3/);
    await refused(`${args.replace('--lambdas 6', '--lambdas 7')} --resume`, /has other λ than these options give/);
    await refused(
      `${args.replace('--folds 4', '--folds 3')} --resume`,
      /other rows, columns or folds than those of bent.csv/,
    );
    await refused(`${args.replace('--drop group', '--drop group,a')} --resume`, /other rows, columns or folds/);
    await refused(
      `${args.replace('stopped-cv', 'path')} --resume`,
      /path.json: expected an unfinished cross-validation/,
    );
    await refused(`${args.replace('stopped-cv', 'cv')} --resume`, /cv.json: this cross-validation is finished/);
    await refused(args.replace('-o stopped-cv.json', '--resume'), /--resume: goes on with the file of -o/);
    expect((await run(`${args} --resume`)).code).toBe(0);
    expect(textOf('stopped-cv.json')).toBe(textOf('cv.json'));
  });

  it('takes groups and folds from columns', async () => {
    const grouped = await run('cv bent.csv --target y --drop fold --groups group --folds 3 --lambdas 2 --json');
    expect(JSON.parse(grouped.stdout)).toMatchObject({ folds: 3, manner: 'groups of group held out together' });
    const own = await run(`${cv} --fold-column fold --json`);
    expect(JSON.parse(own.stdout)).toMatchObject({ folds: 4, manner: 'folds of column fold' });
  });
});

describe('relucent fit --lambda cv', () => {
  it('is the default, says what was chosen and why, and keeps it in the model file', async () => {
    const outcome = await run(
      'fit bent.csv --target y --drop group,fold --folds 3 --gap 1e-4 -o m.json --report m.html',
    );
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/λ = \S+ \(lambda\.min\) by 3 folds, random folds of 48 rows/);
    const { choice, objective } = readModel(textOf('m.json'));
    expect(choice?.rule).toBe('cv');
    expect(objective.lambda).toBe(choice?.lambdas[choice.min]);
    expect(parseHTML(textOf('m.html')).document.body.textContent).toContain('lambda.1se');
    expect((await run('verify m.json bent.csv')).code).toBe(0);
  });

  it('Ctrl-C among its folds keeps them, and --resume ends with the same bytes', async () => {
    const fitted = 'fit bent.csv --target y --drop group,fold --folds 20 --threads 1';
    expect((await run(`${fitted} -o through.json --quiet`)).code).toBe(0);
    const once = onlyOnce();
    const outcome = await relucent(`${fitted} -o begun.json`.split(' '), {
      cwd: folder.path,
      onStderr: (stderr, kill) => {
        if (/cross-validation ·/.test(stderr)) once(kill);
      },
    });
    expect([outcome.code, outcome.stderr]).toEqual([
      130,
      expect.stringContaining('relucent fit … --resume -o begun.json goes on'),
    ]);
    expect(JSON.parse(textOf('begun.folds.json')).unfinished.folds).toHaveLength(20);
    expect((await run(`${fitted} --resume -o begun.json --quiet`)).code).toBe(0);
    expect(textOf('begun.json')).toBe(textOf('through.json'));
    expect(folder.files()).not.toContain('begun.folds.json');
  });

  it('says in one line what --resume cannot go on with', async () => {
    const fitted = 'fit bent.csv --target y --drop group,fold --resume';
    for (const [typed, code, words] of [
      [`${fitted} -o none.json`, 4, /^relucent: none\.folds\.json: there is no cross-validation to go on with/],
      [
        `${fitted} --lambda 0.1 -o none.json`,
        2,
        /^relucent: --resume: goes on with the cross-validation of --lambda cv/,
      ],
      [`${fitted} -o -`, 2, /^relucent: --resume: .* beside the file of -o/],
      [`${fitted} --layers 3 -o none.json`, 2, /^relucent: --resume: is for two-layer networks/],
    ] as const) {
      const outcome = await run(typed);
      expect([outcome.code, outcome.stderr.trim()]).toEqual([code, expect.stringMatching(words)]);
      expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
    }
    expect(folder.files()).not.toContain('none.json');
  });
});
