export { createSpectral, type PositiveFactor, type Spectral } from './spectral.js';
