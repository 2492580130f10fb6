/** The version of relucent, written into model files; a test holds it to package.json. */
export const version = '0.1.0';
