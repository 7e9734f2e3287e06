/**
 * The camera as scanner. Imported only when it is first opened (`import("./input/camera.ts")`): the decoder
 * brings a megabyte of WebAssembly, from our own host.
 */
import { prepareZXingModule, readBarcodes, type ReadResult, type ReaderOptions } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";

import type { Scan } from "./types.ts";

/** The same code in view is told once, and again when it was away for so long. Milliseconds. */
const AWAY_MS = 1500;
/** Pictures are looked at so often at most; the rest of the time is the page's. */
const PAUSE_MS = 80;
/** Larger pictures only cost time: codes fill a good part of the view. */
const SIDE_MAX = 1280;

const OPTIONS: ReaderOptions = {
  // What is printed on goods, labels and screens; the decoder has no DotCode.
  formats: ["Code128", "DataMatrix", "QRCode", "EANUPC", "ITF", "DataBar", "Code39", "Code93", "Aztec", "PDF417"],
  tryHarder: true,
  textMode: "Plain",
  maxNumberOfSymbols: 4,
  eanAddOnSymbol: "Ignore",
};

export interface Lens {
  readonly id: string;
  readonly name: string;
}

export interface Camera {
  /** Turns the light on or off; false when this camera has none. */
  light(on: boolean): Promise<boolean>;
  readonly hasLight: boolean;
  /** All cameras of the device, to choose from; `lens` is the one in use. */
  lenses(): Promise<Lens[]>;
  readonly lens: string;
  close(): void;
}

export class CameraRefused extends Error {
  /** denied: the person or the browser said no. missing: there is none. busy: something else uses it. */
  readonly why: "denied" | "missing" | "busy";

  constructor(why: CameraRefused["why"], message: string) {
    super(message);
    this.why = why;
  }
}

/** Fetches the decoder, so that the first picture does not wait for it. */
export async function prepareDecoder(): Promise<void> {
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
}

/**
 * Shows the camera in `video` and gives every code that comes into view. `lens`: id of the camera to use; the
 * one that looks away from the person when left out. Throws `CameraRefused`.
 */
export async function openCamera(video: HTMLVideoElement, seen: (scan: Scan) => void, lens = ""): Promise<Camera> {
  const ready = prepareDecoder();
  const stream = await opened(lens);
  const [track] = stream.getVideoTracks();
  if (track === undefined) throw new CameraRefused("missing", "The camera gives no picture.");
  try {
    video.srcObject = stream;
    video.muted = true;
    video.playsInline = true;
    await video.play();
    await ready;
  } catch (error) {
    track.stop();
    throw error;
  }
  const watch = new Watch(video, seen);
  void watch.run();
  const hasLight = (track.getCapabilities() as { torch?: boolean }).torch === true;
  return {
    hasLight,
    lens: track.getSettings().deviceId ?? "",
    async light(on) {
      if (hasLight) await track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
      return hasLight;
    },
    async lenses() {
      const devices = await navigator.mediaDevices.enumerateDevices();
      return devices
        .filter((device) => device.kind === "videoinput")
        .map((device, at) => ({ id: device.deviceId, name: device.label || `Camera ${at + 1}` }));
    },
    close() {
      watch.stop();
      for (const one of stream.getTracks()) one.stop();
      video.srcObject = null;
    },
  };
}

async function opened(lens: string): Promise<MediaStream> {
  if (!navigator.mediaDevices) {
    throw new CameraRefused("denied", "The browser gives the camera only to pages over https.");
  }
  const which: MediaTrackConstraints = lens ? { deviceId: { exact: lens } } : { facingMode: { ideal: "environment" } };
  try {
    const video = { ...which, width: { ideal: SIDE_MAX }, height: { ideal: 720 } };
    return await navigator.mediaDevices.getUserMedia({ audio: false, video });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    if (name === "NotAllowedError") {
      throw new CameraRefused("denied", "The camera is not allowed here: allow it in the browser's settings.");
    }
    if (name === "NotFoundError" || name === "OverconstrainedError") {
      throw new CameraRefused("missing", "This device has no such camera: use the scanner or type.");
    }
    throw new CameraRefused("busy", "The camera could not be opened: close what else uses it.");
  }
}

/** Looks at one picture after the other; while one is looked at, others pass. */
class Watch {
  readonly #video: HTMLVideoElement;
  readonly #seen: (scan: Scan) => void;
  readonly #canvas = document.createElement("canvas");
  /** When each code was last in view. */
  readonly #last = new Map<string, number>();
  #stopped = false;

  constructor(video: HTMLVideoElement, seen: (scan: Scan) => void) {
    this.#video = video;
    this.#seen = seen;
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      const began = performance.now();
      const picture = document.hidden ? null : this.#picture();
      if (picture !== null) this.#tell(await readBarcodes(picture, OPTIONS), began);
      // At least as long as it took: the page has half of the time.
      const pause = Math.max(PAUSE_MS, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #picture(): ImageData | null {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (!width || !height) return null;
    const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) return null;
    context.drawImage(this.#video, 0, 0, this.#canvas.width, this.#canvas.height);
    return context.getImageData(0, 0, this.#canvas.width, this.#canvas.height);
  }

  #tell(results: readonly ReadResult[], at: number): void {
    for (const result of results) {
      const text = transmitted(result);
      if (this.#stopped || !text) continue;
      const last = this.#last.get(text) ?? -Infinity;
      this.#last.set(text, at);
      if (at - last > AWAY_MS) this.#seen({ text, how: "camera", at: performance.now(), end: "Enter", capsLock: false });
    }
    for (const [text, last] of this.#last) if (at - last > 10 * AWAY_MS) this.#last.delete(text);
  }
}

/** What a scanner would send for it: symbology identifier, then the data with its separators. */
export function transmitted(result: Pick<ReadResult, "isValid" | "symbologyIdentifier" | "text">): string {
  return result.isValid && result.text ? result.symbologyIdentifier + result.text : "";
}
