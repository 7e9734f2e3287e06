/** Typing, the equal third: a field whose Enter is a scan. */
import type { Scan } from "./types.ts";

export interface TypingWords {
  /** Label of the field, such as "Type a lot, item or place". */
  readonly label: string;
  /** Of the button, such as "Take". */
  readonly button: string;
}

/** Makes a form with one field and its button; what is typed is given as a scan, and the field is empty again. */
export function typingForm(words: TypingWords, taken: (scan: Scan) => void): HTMLFormElement {
  const form = document.createElement("form");
  form.className = "st-typing";
  form.autocomplete = "off";
  const label = document.createElement("label");
  label.append(words.label);
  const field = document.createElement("input");
  field.className = "st-typing-field";
  field.type = "text";
  field.name = "typed";
  field.autocapitalize = "off";
  field.spellcheck = false;
  field.enterKeyHint = "done";
  label.append(field);
  const button = document.createElement("button");
  button.className = "st-button";
  button.textContent = words.button;
  form.append(label, button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return field.focus();
    field.value = "";
    taken({ text, how: "typed", at: event.timeStamp, end: "Enter", capsLock: false });
  });
  return form;
}
