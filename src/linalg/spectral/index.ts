export { createSpectral, type Decomposition, type PositiveFactor, type Spectral } from './spectral.js';
