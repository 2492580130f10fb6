import { formatNumber, formatPercent, textTable } from '../report/index.js';
import { Output } from './files.js';
import { readDataOf } from './run-data.js';
import { type RunConfig, RunFolder } from './run-folder.js';
import { type ReportedRun, runReportOf } from './run-report.js';
import { bestRow } from './run-words.js';
import { Session } from './session.js';

export interface CompareCommand {
  readonly report?: string;
  readonly quiet?: boolean;
}

/** `relucent compare`: runs beside each other, as a table and as a page. */
export function compareCommand(paths: readonly string[], { report, quiet }: CompareCommand): Promise<number> {
  return Session.run({ quiet }, async (session) => {
    const output = report === undefined ? null : await Output.prepare(report, await ownFiles(paths));
    const runs: ReportedRun[] = [];
    for (const path of paths) runs.push(await readRun(session, path, output !== null));
    session.text.section('Runs', [table(runs)]);
    if (output) {
      await output.write(await runReportOf(runs));
      session.text.section('Files', [report!]);
    }
    return 0;
  });
}

/** A page must not take the place of what a run goes on from. */
const ownFiles = async (paths: readonly string[]): Promise<string[]> => {
  const folders = await Promise.all(paths.map((path) => RunFolder.open(path)));
  return folders.flatMap(({ own }) => own);
};

/** `withData`: the test examples as well, for what the page shows of them. */
async function readRun(session: Session, path: string, withData: boolean): Promise<ReportedRun> {
  const folder = await RunFolder.open(path);
  const config = await folder.config();
  const state = await folder.state(config);
  const test = withData && state ? (await readDataOf(session, folder, config)).test : null;
  const network = state && { architecture: config.architecture, weights: state.weights };
  return { name: path, config, rows: await folder.log(), network, test };
}

function table(runs: readonly ReportedRun[]): string {
  const score = (of: { loss: number; accuracy: number } | undefined, { loss }: RunConfig): string =>
    of === undefined ? '' : loss === 'cross-entropy' ? formatPercent(of.accuracy) : formatNumber(of.loss);
  const rows = runs.map(({ name, config, rows: log }) => {
    const last = log.at(-1);
    const best = bestRow(log, config);
    return [
      ...[name, config.method, formatNumber(config.lambda), formatNumber(config.rate)],
      ...(last
        ? [`${formatNumber(last.step)} of ${formatNumber(config.steps)}`, formatNumber(last.objective)]
        : ['0', '']),
      ...[score(last?.validation, config), score(best?.test ?? last?.test, config)],
      last && last.units > 0 ? formatPercent(last.active / last.units) : '',
    ];
  });
  const head = ['run', 'method', 'λ', 'rate', 'steps', 'objective', 'validation', 'test', 'active'];
  return textTable([head, ...rows], 'llrrrrrrr');
}
