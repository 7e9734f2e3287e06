/** Elements in one line each; texts are never taken as markup. */

type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;
export type Child = Node | string | null | false | undefined;

export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

/**
 * Puts other content into a part of the page. What had the focus has it again when it is still there, with what
 * is selected in it; fields that nobody else remembers (`data-kept`) keep what is typed. Elements are told apart
 * by `data-key`.
 */
export function put(part: HTMLElement, ...children: Child[]): void {
  const focused = part.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
  const before = [...part.querySelectorAll<HTMLInputElement>("input[data-key]")].filter((one) => one === focused || "kept" in one.dataset);
  part.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
  for (const old of before) {
    const same = part.querySelector<HTMLInputElement>(sameAs(old));
    if (!same) continue;
    same.value = old.value;
    // What is typed next replaces what was selected, as it would have without the redraw.
    if (old === focused) same.setSelectionRange(old.selectionStart, old.selectionEnd);
  }
  if (focused?.dataset["key"]) part.querySelector<HTMLElement>(sameAs(focused))?.focus({ preventScroll: true });
}

const sameAs = (old: HTMLElement) => `[data-key="${CSS.escape(old.dataset["key"]!)}"]`;

/** A button; `key` keeps the focus on it when the page is drawn anew. */
export function button(label: string, act: () => void, look = "", more: Attributes = {}): HTMLButtonElement {
  return h("button", { type: "button", class: `st-button ${look}`.trim(), "data-key": label, click: () => act(), ...more }, label);
}

/** An element that only has its look: `part("p", "why", …)` is a paragraph of class st-why. */
export function part<Name extends keyof HTMLElementTagNameMap>(name: Name, look: string, ...children: Child[]): HTMLElementTagNameMap[Name] {
  return h(name, { class: `st-${look}` }, ...children);
}

/** The one instruction of a screen; it takes the focus when the screen is new. */
export function instruction(text: string): HTMLElement {
  return h("h1", { tabindex: "-1", class: "st-instruction" }, text);
}

/** The one button of a screen that goes on. */
export function goOn(label: string, act: () => void): HTMLButtonElement {
  return button(label, act, "st-primary", { "data-key": "primary" });
}

/** A lot, serial or SSCC: monospaced, so that 0 and O are told apart. */
export function mono(text: string): HTMLElement {
  return part("span", "mono", text);
}
