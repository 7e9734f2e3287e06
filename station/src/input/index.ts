/** How scans come in: `listen` for the keyboard wedge, `typingForm`, and the camera (`import("./camera.ts")`). */

export { meaningOf, type Reading } from "./meaning.ts";
export { typingForm, type TypingWords } from "./typing.ts";
export { WEDGE, type Handlers, type How, type Scan, type WedgeSettings } from "./types.ts";
export { listen, type Listening } from "./wedge.ts";
