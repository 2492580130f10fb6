import { Curve } from './stage-curve.js';
import { Plane } from './stage-plane.js';
import { use } from './studio.js';

/** The network as a function of one or two columns, with the data. */
export function Stage() {
  const axes = use((state) => state.dataset?.axes.length ?? 2);
  return <div class="stage-place">{axes === 1 ? <Curve /> : <Plane />}</div>;
}
