import { type Certificate, certificateInWords } from 'relucent';
import { formatBound, formatGap, formatNumber, plural, scopeNames } from 'relucent/report';
import type { Shown } from '../core/studio.js';
import { shownOf, studio, use } from './studio.js';

const claims: Readonly<Record<Certificate['scope'], string>> = {
  exact: 'No such two-layer network of any width is below',
  priced: 'A search over all directions found none below',
  sampled: 'No network with these gates is below',
  bound: 'Proved so far: no network is below',
};

const parallelClaims: typeof claims = {
  exact: 'No network of three such layers is below',
  priced: 'A search over sub-networks found none below',
  sampled: 'No network with these patterns is below',
  bound: 'Proved so far: no network is below',
};

/** The certified line: what no network can be below, and how near the one on the screen is. */
export function Proof() {
  const shown = use(shownOf);
  const doing = use((state) => state.doing);
  return (
    <section class={`proof ${shown?.kind ?? 'none'} ${shown?.certificate.scope ?? ''}`} aria-label="What is proved">
      <h2>
        What is proved <Working doing={doing} />
      </h2>
      {shown ? <Numbers shown={shown} /> : <p class="waiting">The first network is being solved.</p>}
    </section>
  );
}

function Working({ doing }: { doing: string | null }) {
  return (
    <span class="doing" role="status">
      {doing && (
        <>
          {doing}
          <button type="button" class="stop" onClick={() => studio.stop()}>
            stop
          </button>
        </>
      )}
    </span>
  );
}

function Numbers({ shown }: { shown: Shown }) {
  const { certificate } = shown;
  const { scope, dual, primal, gap, relativeGap, tolerance, bound } = certificate;
  const claim = shown.parallel ? parallelClaims[scope] : claims[scope];
  return (
    <>
      <p class="claim">
        {claim}
        <strong data-number="headline">{formatBound(dual, 6)}</strong>
      </p>
      <GapLine relativeGap={relativeGap} tolerance={tolerance} />
      <table>
        <tbody>
          <tr>
            <th scope="row">this network</th>
            <td data-number="primal">{formatNumber(primal, 9)}</td>
          </tr>
          <tr>
            <th scope="row">{scope === 'priced' ? 'line, by search' : 'certified line'}</th>
            <td data-number="dual">{formatBound(dual, 9)}</td>
          </tr>
          <tr>
            <th scope="row">gap</th>
            <td data-number="gap">{formatGap(Math.max(0, gap))}</td>
          </tr>
          <tr>
            <th scope="row">for every width</th>
            <td data-number="bound">{formatBound(bound, 9)}</td>
          </tr>
        </tbody>
      </table>
      <Words shown={shown} />
    </>
  );
}

/** In plain words, in a place of fixed height. */
function Words({ shown }: { shown: Shown }) {
  const { kind, certificate, weights, lambda } = shown;
  const fitted = use((state) => state.fitted);
  const count = plural(weights.hidden.rows, 'neuron');
  if (kind === 'between')
    return (
      <p class="words" data-scope={certificate.scope}>
        On the path at λ = {formatNumber(lambda)}, {count}, between two solved networks. The best objective is concave
        in λ, so the line through their certified values is certified too.
      </p>
    );
  if (shown.parallel && kind === 'fit')
    return (
      <details class="words" data-scope={certificate.scope}>
        <summary>{plural(shown.parallel.network.subnetworks.length, 'sub-network')} of two neurons.</summary>
        {shown.parallel.certificate.words}
      </details>
    );
  if (kind === 'old' || fitted === null) return <p class="words">The network before, until the new one is solved.</p>;
  const { objective } = fitted.model;
  const reached = certificate.relativeGap <= certificate.tolerance;
  return (
    <details class="words" data-scope={certificate.scope}>
      <summary>
        {reached ? '✓ ' : ''}
        {count}, {scopeNames[certificate.scope]}.
      </summary>
      {certificateInWords(fitted.model.certificate, objective, weights.activation)}
    </details>
  );
}

const exponents = [0, -2, -4, -6, -8, -10] as const;

/** The gap on a logarithmic line: the further right, the nearer to the certified line. */
function GapLine({ relativeGap, tolerance }: { relativeGap: number; tolerance: number }) {
  const place = (gap: number): number => 8 + 284 * Math.min(1, Math.max(0, -Math.log10(Math.max(gap, 1e-12)) / 11));
  return (
    <svg
      class="gap"
      viewBox="0 0 300 40"
      role="img"
      aria-label={`relative gap ${formatGap(Math.max(0, relativeGap))}, asked for ${formatGap(tolerance)}`}
    >
      <path class="axis" d="M8 14H292" />
      <path class="done" d={`M8 14H${place(relativeGap)}`} />
      {exponents.map((e) => (
        <g key={e}>
          <path class="axis" d={`M${place(10 ** e)} 11v6`} />
          <text x={place(10 ** e)} y="34" text-anchor="middle">
            {e === 0 ? '1' : `1e−${-e}`}
          </text>
        </g>
      ))}
      <path class="asked" d={`M${place(tolerance)} 6v16`} />
      <circle cx={place(relativeGap)} cy="14" r="5" />
    </svg>
  );
}
