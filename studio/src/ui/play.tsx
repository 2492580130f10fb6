import { DualPanel } from './dual-panel.js';
import { LambdaStrip } from './lambda-strip.js';
import { Neurons } from './neurons.js';
import { Proof } from './proof.js';
import { Stage } from './stage.js';

export function Play() {
  return (
    <>
      <div class="middle">
        <Stage />
        <LambdaStrip />
      </div>
      <div class="side">
        <Proof />
        <Neurons />
        <DualPanel />
      </div>
    </>
  );
}
