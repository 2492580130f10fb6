import {
  certificateInWords,
  describeModel,
  describeTable,
  exportModel,
  type Model,
  neuronNorms,
  objectiveInWords,
  type Table,
  writeModel,
} from 'relucent';
import type { CertificateData, ReportData } from 'relucent/report';
import type { Calls, File } from './protocol.js';

const text = (name: string, type: string, content: string): File => ({
  name,
  type,
  bytes: new TextEncoder().encode(content),
});

/** A file of the model; figures and reports load their library when the first is asked for. */
export async function takeAway({ what, fitted, table, map, commands }: Calls['take']['ask']): Promise<File> {
  const { model, notes } = fitted;
  switch (what) {
    case 'model':
      return text('model.json', 'application/json', writeModel(model));
    case 'onnx':
    case 'js': {
      const { fileName, bytes } = exportModel(model, what);
      return { name: fileName, type: what === 'js' ? 'text/javascript' : 'application/octet-stream', bytes };
    }
    case 'svg': {
      const { mapFigure } = await import('relucent/report');
      return text('function.svg', 'image/svg+xml', mapFigure(map, { width: 720, height: 560 }));
    }
    case 'report': {
      const { htmlReport } = await import('relucent/report');
      return text('report.html', 'text/html', htmlReport({ ...reportData(model, table, notes, commands), map }));
    }
  }
}

function reportData(model: Model, table: Table, notes: readonly string[], commands: readonly string[]): ReportData {
  const { features, activeNeurons, activeFeatures } = describeModel(model);
  const { objective, preprocessing, rows } = model;
  return {
    title: `${preprocessing.target.name} from ${table.source}`,
    madeBy: `relucent ${model.version}, seed ${model.seed}`,
    data: {
      source: table.source,
      target: preprocessing.target.name,
      task: preprocessing.target.kind === 'number' ? 'regression' : 'classification',
      rows: { train: rows.train, test: rows.test, withoutTarget: rows.withoutTarget },
      columns: columnsOf(model, table),
      notes,
    },
    choice: {
      lambda: objective.lambda,
      rule: 'given',
      neurons: activeNeurons,
      activeInputs: activeFeatures.length,
      inputs: features,
    },
    certificate: certificateData(model),
    neurons: neuronData(model),
    commands,
  };
}

function columnsOf({ preprocessing }: Model, table: Table): ReportData['data']['columns'] {
  const missing = new Map(describeTable(table).columns.map(({ name, missing }) => [name, missing]));
  return preprocessing.columns.map((column) => ({
    name: column.name,
    kind: column.kind === 'dropped' ? 'left out' : column.kind,
    missing: missing.get(column.name) ?? 0,
  }));
}

function certificateData({ certificate, objective, weights }: Model): CertificateData {
  return {
    ...certificate,
    words: certificateInWords(certificate, objective, weights.activation),
    objective: `(${objectiveInWords(objective).replaceAll('_j', 'ⱼ')})`,
  };
}

function neuronData({ weights, preprocessing }: Model): ReportData['neurons'] {
  const { hidden, output } = weights;
  const norms = neuronNorms(weights);
  return {
    features: preprocessing.features,
    neurons: Array.from(norms, (norm, j) => {
      const alphas = Array.from(output.data.subarray(j * output.cols, (j + 1) * output.cols));
      const alpha = alphas.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
      return { norm, slopes: hidden.data.slice(j * hidden.cols, (j + 1) * hidden.cols).map((u) => alpha * u) };
    }),
  };
}
