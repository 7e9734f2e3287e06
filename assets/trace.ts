// The genealogy as a picture: cards in columns from suppliers (left) to customers (right), edges behind them.
// The server bounds, bundles and orders it (trace/graph.py); here it gets its place on the screen.
// Cards are links and buttons of the page, so the keyboard, the screen reader and the print view have them too.
import "./trace.css";

interface Quantity { quantity: string; unit: string }
interface DrawnNode {
  id: string; kind: string; layer: number; column: number; order: number; label: string; lot: string; item: string;
  count: number; status: string; statuses: Record<string, number>; quantity: Quantity[]; url: string; trace: string;
  bundle: string; match: boolean; subject: boolean;
}
interface Bend { id: string; column: number; order: number }
interface Edge { source: string; target: string; via: string[]; loop: boolean; quantity: Quantity[] }
interface Drawing {
  as_of: number; titles: string[]; nodes: DrawnNode[]; bends: Bend[]; edges: Edge[];
  opened: { bundle: string; label: string }[];
}
interface Box { id: string; x: number; y: number; width: number; height: number; column: number; order: number }

const SVG = "http://www.w3.org/2000/svg";
const SIZES: Record<string, [width: number, height: number]> = {
  lot: [196, 62], lots: [196, 62], more: [168, 44], run: [128, 30], runs: [128, 30], unit: [196, 44], units: [196, 44],
  supplier: [168, 48], suppliers: [168, 48], customer: [168, 48], customers: [168, 48],
};
const BEND_HEIGHT = 6;
const GAP_X = 46;
const GAP_Y = 12;
const TOP = 16;
const MARGIN = 20;
const ROUNDS = 12;
const LABELS_MAX = 40;
const ZOOM_MIN = 0.25;
const ZOOM_MAX = 1.6;
const WORDS: Record<string, [one: string, many: string]> = {
  lots: ["lot", "lots"], runs: ["run", "runs"], units: ["unit", "units"], suppliers: ["supplier", "suppliers"],
  customers: ["customer", "customers"], more: ["more", "more"],
};

// --- Place --------------------------------------------------------------------------------------------

/** The positions nearest to `wanted` that keep the order and do not overlap (pool adjacent violators). */
function spread(wanted: number[], heights: number[]): number[] {
  const offsets: number[] = [];
  let total = 0;
  heights.forEach((height) => { offsets.push(total); total += height + GAP_Y; });
  const pools: { sum: number; count: number }[] = [];
  wanted.forEach((place, index) => {
    let pool = { sum: place - heights[index]! / 2 - offsets[index]!, count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.count > pool.sum / pool.count; last = pools.at(-1)) {
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  });
  return pools.flatMap((pool) => Array<number>(pool.count).fill(pool.sum / pool.count))
    .map((start, index) => start + offsets[index]!);
}

/** Where everything stands: columns from the left, each near the middle of what it is connected with. */
function place(drawing: Drawing): Map<string, Box> {
  const boxes = new Map<string, Box>();
  const columns: Box[][] = drawing.titles.map(() => []);
  for (const node of drawing.nodes) {
    const [width, height] = SIZES[node.kind] ?? SIZES["lot"]!;
    const box = { id: node.id, x: 0, y: 0, width, height, column: node.column, order: node.order };
    boxes.set(node.id, box);
    columns[node.column]!.push(box);
  }
  for (const bend of drawing.bends) {
    const box = { id: bend.id, x: 0, y: 0, width: 0, height: BEND_HEIGHT, column: bend.column, order: bend.order };
    boxes.set(bend.id, box);
    columns[bend.column]!.push(box);
  }
  let x = MARGIN;
  for (const column of columns) {
    const width = Math.max(0, ...column.map((box) => box.width));
    column.sort((one, other) => one.order - other.order);
    let y = 0;
    for (const box of column) {
      box.x = x + (width - box.width) / 2;
      box.y = y;
      y += box.height + GAP_Y;
    }
    column.forEach((box) => { box.y -= y / 2; });
    x += width + GAP_X;
  }
  relax(columns, neighbours(drawing), boxes);
  const top = Math.min(...[...boxes.values()].map((box) => box.y));
  boxes.forEach((box) => { box.y += TOP - top; });
  return boxes;
}

function neighbours(drawing: Drawing): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (one: string, other: string) => found.set(one, [...(found.get(one) ?? []), other]);
  for (const edge of drawing.edges) {
    if (edge.loop) continue;
    const chain = [edge.source, ...edge.via, edge.target];
    for (let index = 1; index < chain.length; index += 1) {
      add(chain[index - 1]!, chain[index]!);
      add(chain[index]!, chain[index - 1]!);
    }
  }
  return found;
}

function relax(columns: Box[][], beside: Map<string, string[]>, boxes: Map<string, Box>): void {
  const middle = (box: Box) => box.y + box.height / 2;
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = round % 2 === 0 ? columns : [...columns].reverse();
    for (const column of order) {
      const wanted = column.map((box) => {
        const near = (beside.get(box.id) ?? []).map((id) => middle(boxes.get(id)!));
        return near.length > 0 ? near.reduce((sum, at) => sum + at, 0) / near.length : middle(box);
      });
      spread(wanted, column.map((box) => box.height)).forEach((y, index) => { column[index]!.y = y; });
    }
  }
}

// --- Draw ---------------------------------------------------------------------------------------------

function element(name: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** 12500.5 → 12 500.5, with the thin space the tables use. */
function written(quantity: string): string {
  const [whole = "", fraction] = quantity.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  return fraction ? `${grouped}.${fraction}` : grouped;
}

class Graph {
  private readonly view: HTMLElement;
  private readonly size: HTMLElement;
  private readonly stage: HTMLElement;
  private readonly status: HTMLElement;
  private readonly opened: HTMLElement;
  private readonly cards = new Map<string, HTMLElement>();
  private readonly heads = new Map<HTMLElement, [left: number, width: number]>();
  private readonly head = element("div", "lb-graph-titles");
  private readonly paths = new Map<Edge, SVGElement[]>();
  private drawing: Drawing | undefined;
  private boxes = new Map<string, Box>();
  private zoom = 1;

  constructor(private readonly root: HTMLElement) {
    const part = (name: string) => root.querySelector<HTMLElement>(`[data-${name}]`)!;
    this.view = part("view");
    this.size = part("size");
    this.stage = part("stage");
    this.status = part("status");
    this.opened = part("opened");
    this.head.setAttribute("aria-hidden", "true");
    this.view.before(this.head);
    this.view.addEventListener("scroll", () => this.follow());
    window.addEventListener("resize", () => this.follow());
    root.hidden = false;
    root.querySelectorAll<HTMLElement>("[data-zoom]").forEach((button) => {
      button.addEventListener("click", () => this.press(button.dataset["zoom"]!));
    });
    this.stage.addEventListener("keydown", (event) => this.key(event));
    for (const [on, off] of [["pointerover", "pointerout"], ["focusin", "focusout"]] as const) {
      this.stage.addEventListener(on, (event) => this.light(this.idOf(event.target)));
      this.stage.addEventListener(off, () => this.light(this.idOf(document.activeElement)));
    }
    this.view.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.drag();
  }

  async load(focus = ""): Promise<void> {
    const address = new URL(this.root.dataset["graph"]!, location.href);
    const open = new URL(location.href).searchParams.getAll("expand");
    address.searchParams.delete("expand");
    open.forEach((name) => address.searchParams.append("expand", name));
    this.root.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
      this.draw((await answer.json()) as Drawing, focus);
    } catch {
      this.status.textContent = "The graph could not be loaded. The table below has the same lots.";
    }
    this.root.setAttribute("aria-busy", "false");
  }

  private draw(drawing: Drawing, focus: string): void {
    const first = this.drawing === undefined;
    this.drawing = drawing;
    this.boxes = place(drawing);
    this.cards.clear();
    this.paths.clear();
    const lines = document.createElementNS(SVG, "svg");
    lines.setAttribute("class", "lb-graph-lines");
    lines.setAttribute("aria-hidden", "true");
    this.stage.replaceChildren(lines);
    this.titles(drawing);
    const told = new Map<string, number>();
    drawing.edges.forEach((edge) => told.set(edge.target, (told.get(edge.target) ?? 0) + (edge.quantity.length > 0 ? 1 : 0)));
    const few = drawing.edges.length <= LABELS_MAX;
    // Where several edges end, their amounts would cover each other; the cards they start at tell them too.
    drawing.edges.forEach((edge) => this.line(edge, lines, few && told.get(edge.target) === 1));
    drawing.nodes.forEach((node) => this.card(node));
    this.chips(drawing);
    const shown = drawing.nodes.length;
    const stood = drawing.nodes.reduce((sum, node) => sum + node.count, 0);
    const stacks = stood > shown ? `, drawn as ${shown}: a stack opens with a click` : "";
    this.status.textContent = stood === 1 ? "The book knows nothing around it." : `${written(String(stood))} lots, runs and partners${stacks}.`;
    const extent = this.extent();
    lines.setAttribute("width", String(extent.width));
    lines.setAttribute("height", String(extent.height));
    if (first) this.fit(true);
    else this.scale(this.zoom);
    if (focus) {
      const next = drawing.nodes.find((node) => node.bundle === focus) ?? drawing.nodes.find((node) => focus.endsWith(`:${node.item}`) && focus.startsWith(`${node.layer}:`)) ?? drawing.nodes.find((node) => node.subject);
      if (next) this.cards.get(next.id)?.focus();
    }
  }

  private extent(): { width: number; height: number } {
    const boxes = [...this.boxes.values()];
    return {
      width: Math.max(...boxes.map((box) => box.x + box.width)) + MARGIN,
      height: Math.max(...boxes.map((box) => box.y + box.height)) + MARGIN,
    };
  }

  /** The titles of the columns stay in sight while the picture scrolls under them. */
  private titles(drawing: Drawing): void {
    this.heads.clear();
    this.head.replaceChildren();
    drawing.titles.forEach((title, column) => {
      const found = [...this.boxes.values()].filter((box) => box.column === column && box.width > 0);
      if (!title || found.length === 0) return;
      const made = element("p", "lb-graph-title", title);
      const left = Math.min(...found.map((box) => box.x));
      this.heads.set(made, [left, Math.max(...found.map((box) => box.x + box.width)) - left]);
      this.head.append(made);
    });
  }

  private line(edge: Edge, lines: SVGSVGElement, labels: boolean): void {
    const from = this.boxes.get(edge.source)!;
    const to = this.boxes.get(edge.target)!;
    const stops: [number, number][] = [[from.x + from.width, from.y + from.height / 2]];
    edge.via.forEach((id) => { const box = this.boxes.get(id)!; stops.push([box.x, box.y + box.height / 2]); });
    stops.push([to.x - 4, to.y + to.height / 2]);
    let course = `M${stops[0]!.join(" ")}`;
    if (edge.loop) {
      const low = Math.max(from.y + from.height, to.y + to.height) + 28;
      course += ` C${from.x + from.width + 60} ${low}, ${to.x - 60} ${low}, ${to.x - 4} ${to.y + to.height / 2}`;
    } else {
      for (let index = 1; index < stops.length; index += 1) {
        const [x0, y0] = stops[index - 1]!;
        const [x1, y1] = stops[index]!;
        const half = (x1 - x0) / 2;
        course += ` C${x0 + half} ${y0}, ${x1 - half} ${y1}, ${x1} ${y1}`;
      }
    }
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", course);
    path.setAttribute("class", edge.loop ? "is-loop" : "");
    const head = document.createElementNS(SVG, "path");
    const [x, y] = stops.at(-1)!;
    head.setAttribute("d", `M${x - 5} ${y - 4} L${x + 2} ${y} L${x - 5} ${y + 4}`);
    head.setAttribute("class", "is-head");
    lines.append(path, head);
    const parts: SVGElement[] = [path, head];
    if (labels && edge.quantity.length > 0 && this.boxes.get(edge.target)!.height < 40) {
      const label = document.createElementNS(SVG, "text");
      label.setAttribute("x", String(x - 8));
      label.setAttribute("y", String(y - 6));
      label.setAttribute("text-anchor", "end");
      label.textContent = this.amount(edge.quantity);
      lines.append(label);
      parts.push(label);
    }
    this.paths.set(edge, parts);
  }

  private card(node: DrawnNode): void {
    const box = this.boxes.get(node.id)!;
    const card = node.bundle ? element("button", "lb-node") : element(node.url ? "a" : "div", "lb-node");
    if (card instanceof HTMLAnchorElement) card.href = node.url;
    else if (card instanceof HTMLButtonElement) {
      card.type = "button";
      card.addEventListener("click", () => this.open(node.bundle, true));
    } else card.tabIndex = 0;
    card.dataset["id"] = node.id;
    card.classList.add(`is-${node.kind}`);
    if (node.subject) card.classList.add("is-subject");
    if (!node.match) card.classList.add("is-faded");
    if (node.status && node.status !== "released") card.classList.add(`is-${node.status}`);
    card.style.left = `${box.x}px`;
    card.style.top = `${box.y}px`;
    card.style.width = `${box.width}px`;
    card.style.height = `${box.height}px`;
    if (node.label) card.title = node.label;
    card.append(element("span", "visually-hidden", this.before(node)));
    this.fill(card, node);
    card.append(element("span", "visually-hidden", this.after(node)));
    this.stage.append(card);
    this.cards.set(node.id, card);
  }

  private fill(card: HTMLElement, node: DrawnNode): void {
    const words = WORDS[node.kind];
    if (node.kind === "lot") {
      const head = element("span", "lb-node-head");
      head.append(element("span", "lot", node.lot || "untracked"), this.mark(node.status));
      card.append(head, element("span", "lb-node-label", node.label), element("span", "lb-node-more", this.amount(node.quantity)));
    } else if (words) {
      const head = element("span", "lb-node-head");
      head.append(element("strong", "", `${node.count} ${words[node.count === 1 ? 0 : 1]}`), this.marks(node));
      card.append(head);
      if (node.label) card.append(element("span", "lb-node-label", node.label));
      if (node.kind !== "runs") card.append(element("span", "lb-node-more", this.amount(node.quantity)));
    } else {
      card.append(element("span", "lb-node-label", node.label));
      const amount = this.amount(node.quantity);
      if (amount) card.append(element("span", "lb-node-more", amount));
    }
  }

  /** The status badge of the pages; of a released lot only its sign. */
  private mark(status: string): HTMLElement {
    const place = element("span", "lb-node-mark");
    const template = this.root.querySelector<HTMLTemplateElement>(`template[data-template="${status}"]`);
    if (status && template) place.append(template.content.cloneNode(true));
    return place;
  }

  /** Of a stack: how many of its lots have the gravest status, where that is not released. */
  private marks(node: DrawnNode): HTMLElement {
    if (!node.status || node.status === "released") return element("span", "");
    const made = this.mark(node.status);
    made.prepend(element("span", "lb-node-count", `${node.statuses[node.status]} `));
    return made;
  }

  private amount(parts: Quantity[]): string {
    const shown = parts.slice(0, 2).map((part) => `${written(part.quantity)}\u00a0${this.unit(part.unit)}`);
    return shown.join(" + ") + (parts.length > 2 ? " + …" : "");
  }

  private unit(code: string): string {
    const known = [...this.root.querySelectorAll<HTMLTemplateElement>("template[data-unit]")];
    return known.find((one) => one.dataset["unit"] === code)?.content.textContent ?? code;
  }

  /** What the eye sees by place and shape, for those who hear the card: before its text … */
  private before(node: DrawnNode): string {
    if (WORDS[node.kind]) return "";
    const kind = node.kind === "unit" ? "logistic unit" : node.kind;
    return `${node.subject ? "traced " : ""}${kind} `;
  }

  /** … and after it. */
  private after(node: DrawnNode): string {
    const counts = Object.entries(node.statuses).map(([name, count]) => `${count} ${name}`);
    return node.bundle ? `, a stack: ${[...counts, "opens here"].join(", ")}` : "";
  }

  private chips(drawing: Drawing): void {
    this.opened.replaceChildren(...drawing.opened.map(({ bundle, label }) => {
      const made = element("button", "lb-chip", `${label || bundle} ✕`) as HTMLButtonElement;
      made.type = "button";
      made.setAttribute("aria-label", `Fold ${label || bundle} again`);
      made.addEventListener("click", () => this.open(bundle, false));
      return made;
    }));
  }

  /** Opened stacks stand in the address, so that the picture can be shared as it is. */
  private open(bundle: string, wanted: boolean): void {
    const address = new URL(location.href);
    const names = new Set(address.searchParams.getAll("expand"));
    if (wanted) names.add(bundle);
    else names.delete(bundle);
    address.searchParams.delete("expand");
    names.forEach((name) => address.searchParams.append("expand", name));
    history.replaceState(null, "", address);
    void this.load(bundle);
  }

  // --- Look around ------------------------------------------------------------------------------------

  private press(what: string): void {
    if (what === "fit") this.fit(false);
    else if (what === "subject") this.centre();
    else this.scale(this.zoom * (what === "in" ? 1.25 : 0.8));
  }

  private scale(zoom: number, at?: { x: number; y: number }): void {
    const next = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, zoom));
    const point = at ?? { x: this.view.clientWidth / 2, y: this.view.clientHeight / 2 };
    const inside = { x: (this.view.scrollLeft + point.x) / this.zoom, y: (this.view.scrollTop + point.y) / this.zoom };
    const extent = this.extent();
    this.zoom = next;
    this.stage.style.transform = `scale(${next})`;
    this.stage.style.width = `${extent.width}px`;
    this.stage.style.height = `${extent.height}px`;
    this.size.style.width = `${extent.width * next}px`;
    this.size.style.height = `${extent.height * next}px`;
    this.view.scrollLeft = inside.x * next - point.x;
    this.view.scrollTop = inside.y * next - point.y;
    this.follow();
  }

  /** The titles stand over their columns, however far the picture is scrolled. */
  private follow(): void {
    const start = this.size.offsetLeft - this.view.scrollLeft;
    this.heads.forEach(([left, width], title) => { title.style.left = `${start + (left + width / 2) * this.zoom}px`; });
  }

  /** All of it where it stays readable; else the traced lot in the middle. */
  private fit(readable: boolean): void {
    const extent = this.extent();
    const tallest = Number.parseFloat(getComputedStyle(this.view).maxHeight) || this.view.clientHeight;
    const whole = Math.min(1, this.view.clientWidth / extent.width, tallest / extent.height);
    this.scale(readable ? Math.max(whole, this.view.clientWidth < 600 ? 0.9 : 0.84) : whole);
    this.centre();
  }

  private centre(): void {
    const subject = this.drawing?.nodes.find((node) => node.subject);
    const box = subject && this.boxes.get(subject.id);
    if (!box) return;
    this.view.scrollLeft = (box.x + box.width / 2) * this.zoom - this.view.clientWidth / 2;
    this.view.scrollTop = (box.y + box.height / 2) * this.zoom - this.view.clientHeight / 2;
  }

  private wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const frame = this.view.getBoundingClientRect();
    this.scale(this.zoom * (event.deltaY < 0 ? 1.1 : 0.9), { x: event.clientX - frame.left, y: event.clientY - frame.top });
  }

  /** The mouse drags the picture; fingers scroll it anyway. */
  private drag(): void {
    let start: { x: number; y: number; left: number; top: number } | undefined;
    this.view.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0 || this.idOf(event.target)) return;
      start = { x: event.clientX, y: event.clientY, left: this.view.scrollLeft, top: this.view.scrollTop };
      this.view.setPointerCapture(event.pointerId);
      this.view.classList.add("is-dragged");
    });
    this.view.addEventListener("pointermove", (event) => {
      if (!start) return;
      this.view.scrollLeft = start.left - (event.clientX - start.x);
      this.view.scrollTop = start.top - (event.clientY - start.y);
    });
    const end = () => { start = undefined; this.view.classList.remove("is-dragged"); };
    this.view.addEventListener("pointerup", end);
    this.view.addEventListener("pointercancel", end);
  }

  private idOf(target: EventTarget | null): string {
    return (target instanceof Element && target.closest<HTMLElement>(".lb-node")?.dataset["id"]) || "";
  }

  /** Light up everything a node comes from and goes to. */
  private light(id: string): void {
    this.stage.classList.toggle("is-lit", id !== "");
    const edges = this.drawing?.edges ?? [];
    const lit = new Set<string>(id ? [id] : []);
    const through = new Set<Edge>();
    for (const [near, far] of [["source", "target"], ["target", "source"]] as const) {
      const frontier = id ? [id] : [];
      const seen = new Set(frontier);
      for (let node = frontier.pop(); node !== undefined; node = frontier.pop()) {
        for (const edge of edges) {
          if (edge[near] !== node) continue;
          through.add(edge);
          lit.add(edge[far]);
          if (!seen.has(edge[far])) {
            seen.add(edge[far]);
            frontier.push(edge[far]);
          }
        }
      }
    }
    this.cards.forEach((card, name) => card.classList.toggle("is-on", lit.has(name)));
    this.paths.forEach((parts, edge) => parts.forEach((part) => part.classList.toggle("is-on", through.has(edge))));
  }

  /** Arrow keys: up and down within the column, left and right along the edges. */
  private key(event: KeyboardEvent): void {
    const id = this.idOf(event.target);
    const box = this.boxes.get(id);
    if (!box || !this.drawing || event.ctrlKey || event.metaKey || event.altKey) return;
    const cards = this.drawing.nodes.map((node) => this.boxes.get(node.id)!);
    let next: Box | undefined;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const column = cards.filter((one) => one.column === box.column).sort((one, other) => one.y - other.y);
      next = column[column.indexOf(box) + (event.key === "ArrowDown" ? 1 : -1)];
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const right = event.key === "ArrowRight";
      const linked = this.drawing.edges.flatMap((edge) => (right && edge.source === id ? [edge.target] : !right && edge.target === id ? [edge.source] : []));
      const distance = (one: Box) => Math.abs(one.y + one.height / 2 - box.y - box.height / 2);
      next = linked.map((name) => this.boxes.get(name)!).sort((one, other) => distance(one) - distance(other))[0];
    } else return;
    event.preventDefault();
    if (next) this.cards.get(next.id)?.focus();
  }
}

document.querySelectorAll<HTMLElement>("[data-graph]").forEach((root) => void new Graph(root).load());
