// On every page: the styles, and the few things a page without scripts cannot do. htmx comes from django-htmx.
import "./app.css";

/** "/" anywhere jumps to the search box, unless somebody is typing. */
function jumpToSearch(event: KeyboardEvent): void {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]")) return;
  const box = document.querySelector<HTMLInputElement>('[data-shortcut="/"]');
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
}

/**
 * The error summary takes the focus, so that it is read out first. Where somebody scans, the field keeps it,
 * so that the next scan lands there: the summary is an alert and is read out all the same.
 */
function focusSummary(root: ParentNode): void {
  const scanned = root.querySelector<HTMLInputElement>("input[data-scan]");
  if (!scanned) return root.querySelector<HTMLElement>("[data-focus]")?.focus();
  scanned.focus({ preventScroll: true });
  scanned.select();
  // In view, clear of the act at the foot of the page, and with as much of what stands above as fits.
  if (scanned.getBoundingClientRect().bottom > window.innerHeight - 96) scanned.scrollIntoView({ block: "nearest" });
}

/** A link of the error summary leads into the field, not only to it. */
function enterField(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest(".lb-faults a[href^='#']") : null;
  const field = link && document.getElementById(link.getAttribute("href")!.slice(1));
  if (!field) return;
  event.preventDefault();
  (field.matches("input, select, textarea") ? field : (field.querySelector<HTMLElement>("input, select, textarea") ?? field)).focus();
}

/** On narrow screens the menu and unused filters start folded; without scripts they stay open and usable. */
function foldMenu(narrow: MediaQueryList): void {
  document.querySelectorAll<HTMLDetailsElement>(".lb-nav-fold, .lb-filter-fold:not([data-used])").forEach((fold) => {
    fold.open = !narrow.matches;
  });
}

/** A click elsewhere, or Escape, closes what hangs over the page. */
function closeOverlays(event: Event): void {
  const escape = event instanceof KeyboardEvent && event.key === "Escape";
  if (event instanceof KeyboardEvent && !escape) return;
  document.querySelectorAll<HTMLDetailsElement>(".lb-me[open]").forEach((menu) => {
    if (!escape && event.target instanceof Node && menu.contains(event.target)) return;
    menu.open = false;
    if (escape) menu.querySelector("summary")?.focus();
  });
}

/** A form that was sent is not sent again by an impatient second click. */
function sendOnce(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
}

let asking = 0;

/** What fits is fetched while somebody types into a field of very many choices; the last answer counts. */
function suggest(event: Event): void {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.list?.hasAttribute("data-search")) return;
  const list = field.list;
  const typed = field.value.trim();
  window.clearTimeout(asking);
  if (!typed || [...list.querySelectorAll("option")].some((option) => option.value === typed)) return;
  asking = window.setTimeout(() => {
    void fetch(`${list.getAttribute("data-search") ?? ""}?q=${encodeURIComponent(typed)}`)
      .then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""))
      .then((options) => {
        // The answer is our own page's, every value in it escaped there.
        if (options && field.value.trim() === typed) list.innerHTML = options;
      })
      .catch(() => undefined); // Offline: what is typed is sent as it is.
  }, 150);
}

document.addEventListener("input", suggest);
document.addEventListener("keydown", jumpToSearch);
document.addEventListener("keydown", closeOverlays);
document.addEventListener("click", closeOverlays);
document.addEventListener("click", enterField);
document.addEventListener("submit", sendOnce);
window.addEventListener("pageshow", () => {
  // Coming back by the browser's button: forms may be sent again.
  document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

const narrow = window.matchMedia("(max-width: 900px)");
narrow.addEventListener("change", () => foldMenu(narrow));
foldMenu(narrow);
focusSummary(document);

document.body.addEventListener("htmx:beforeSwap", (event) => {
  // A refusal (422) is an answer with the form in it: show it instead of dropping it.
  const detail = (event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean }>).detail;
  if (detail.xhr.status === 422) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target instanceof HTMLElement) focusSummary(event.target);
});
