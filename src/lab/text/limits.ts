/** A longer field is not a text to classify, and would be held in memory. */
export const maxFieldCharacters = 4_000_000;
/** Columns of a table; a row with more is not part of a table, and would be held in memory. */
export const maxColumns = 10_000;
/** Texts of one file, which are held in memory. */
export const maxTexts = 5_000_000;
/** Different labels; more suggest the wrong column. */
export const maxLabels = 10_000;
