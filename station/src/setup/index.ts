/** The scanner of this device: tested with printed codes, kept, and given to whoever reads scans. */
import type { Reading } from "../input/index.ts";
import type { WedgeSettings } from "../input/types.ts";
import type { DeviceScanner } from "./store.ts";

export { PROOF_CODES } from "../codes/table.ts";
export type { Arrival, ProofCode } from "./proof.ts";
export { forgetScanner, loadScanner, saveScanner, UNTESTED, type DeviceScanner } from "./store.ts";
export { START, takeScan, type Aspect, type Finding, type SetupTest } from "./proving.ts";

/** For `meaningOf`: how scans of this device are read; `hosts` is `Start.hosts`. */
export function readingOf(device: DeviceScanner, hosts: readonly string[]): Reading {
  const { separators, proven, prefix, suffix, silence } = device;
  return { separators, proven, prefix, suffix, silence, hosts: hosts.map((host) => host.toLowerCase()) };
}

/** For `listen`: how keys of this device are heard. During the setup test, `silence` is true instead. */
export function wedgeOf(device: DeviceScanner): Partial<WedgeSettings> {
  return { prefix: device.prefix, silence: device.silence };
}
