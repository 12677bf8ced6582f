/** A text with what it is to be recognised as. */
export interface LabelledText {
  readonly text: string;
  readonly label: string;
}
