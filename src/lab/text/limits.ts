/** A longer field is no text for a classifier, and would be held whole in memory. */
export const maxFieldCharacters = 4_000_000;
/** Columns of a table; a row with more is no table, and would be held whole in memory. */
export const maxColumns = 10_000;
/** Texts that are held together; a corpus beyond it does not fit a machine that trains on one. */
export const maxTexts = 5_000_000;
/** Different labels; more are a mistake of the column. */
export const maxLabels = 10_000;
