/** Pieces of the model file that files of other kinds of networks share. */
export {
  checkFormat,
  choiceFromJson,
  choiceToJson,
  damaged,
  issueText,
  parseJson,
  scoresFromJson,
  scoresToJson,
} from '../file.js';
export { formatJson } from '../json.js';
export { hasProbability, predictionsOf } from '../predict.js';
export {
  certificateShape,
  choiceSchema,
  count,
  described,
  descriptions,
  inWords,
  MODEL_FORMAT_VERSION,
  name,
  preprocessingSchema,
  rowsSchema,
  scoresSchema,
  TIE_RULE,
} from '../schema.js';
export { gapText, lower } from '../words.js';
