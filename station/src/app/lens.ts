/** The camera, when somebody wants it: its module and decoder are loaded then, not before. */
import type { Camera } from "../input/camera.ts";
import type { Scan } from "../input/index.ts";
import { button, h, part } from "../screens/dom.ts";

export class Lens {
  readonly #slot: HTMLElement;
  readonly #seen: (scan: Scan) => void;
  readonly #failed: (problem: string) => void;
  readonly #changed: () => void;
  #camera: Camera | null = null;
  #part: HTMLElement | null = null;

  constructor(slot: HTMLElement, seen: (scan: Scan) => void, failed: (problem: string) => void, changed: () => void) {
    this.#slot = slot;
    this.#seen = seen;
    this.#failed = failed;
    this.#changed = changed;
  }

  get isOpen(): boolean {
    return this.#part !== null;
  }

  async toggle(): Promise<void> {
    if (this.isOpen) return this.#close();
    const video = h("video", { class: "st-video", playsinline: true, "aria-label": "Picture of the camera" });
    const view = part("div", "camera", video);
    this.#part = view;
    this.#slot.prepend(view);
    this.#changed();
    try {
      const { openCamera } = await import("../input/camera.ts");
      const camera = await openCamera(video, this.#seen);
      if (this.#part !== view) return camera.close();
      this.#camera = camera;
      if (camera.hasLight) view.append(this.#light(camera));
    } catch (problem) {
      this.#close();
      this.#failed(problem instanceof Error ? problem.message : String(problem));
    }
  }

  #light(camera: Camera): HTMLElement {
    let on = false;
    return button("Light", () => void camera.light((on = !on)));
  }

  #close(): void {
    this.#camera?.close();
    this.#part?.remove();
    [this.#camera, this.#part] = [null, null];
    this.#changed();
  }
}
