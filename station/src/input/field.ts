/** A field that keys may leak into before it is sure that they are a scanner's: taken back, or typed after all. */

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const NOT_TYPED_IN = ["button", "checkbox", "radio", "submit", "reset", "image", "file", "range", "color", "hidden"];

/** The field that has the focus and can be typed in, or null. */
export function fieldInFocus(): Field | null {
  const focus = document.activeElement;
  if (focus instanceof HTMLTextAreaElement || focus instanceof HTMLSelectElement) return focus;
  return focus instanceof HTMLInputElement && !NOT_TYPED_IN.includes(focus.type) ? focus : null;
}

/** What a field was like before the first key. */
export class Before {
  readonly #field: Field | null;
  readonly #value: string;
  readonly #start: number | null;
  readonly #end: number | null;

  constructor() {
    this.#field = fieldInFocus();
    this.#value = this.#field?.value ?? "";
    const selects = this.#field !== null && !(this.#field instanceof HTMLSelectElement);
    this.#start = selects ? (this.#field as HTMLInputElement).selectionStart : null;
    this.#end = selects ? (this.#field as HTMLInputElement).selectionEnd : null;
  }

  /** Takes back whatever has leaked into it since. */
  restore(): void {
    const field = this.#field;
    if (field === null || field.value === this.#value) return;
    field.value = this.#value;
    if (!(field instanceof HTMLSelectElement) && this.#start !== null) {
      field.setSelectionRange(this.#start, this.#end);
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** Types `text` where the focus is, as the keyboard would have. */
export function typeInto(text: string): void {
  const field = fieldInFocus();
  if (field === null || field instanceof HTMLSelectElement || field.readOnly || field.disabled || !text) return;
  // The only way that keeps a field's own undo and works for numbers, too; browsers will keep it for that.
  if (document.execCommand("insertText", false, text)) return;
  field.value += text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
