// Judges scans as the station does: a JSON request a line on stdin, an answer a line on stdout.
import { createInterface } from "node:readline";

import { LINTERS } from "../../station/src/codes/linters.ts";
import { collectAll, factsOf, understand, type Meaning } from "../../station/src/codes/index.ts";

interface Request {
  texts: string[];
  scanner: Parameters<typeof understand>[1];
  today: string;
  /** Instead: the name of a check, and what it is asked about. */
  lint?: [name: string, text: string];
}

function answer(request: Request): unknown {
  if (request.lint) return { code: LINTERS[request.lint[0]]?.(request.lint[1])?.code ?? null };
  const began = performance.now();
  const meanings = request.texts.map((text) => understand(text, request.scanner));
  const ms = performance.now() - began;
  const told = { meanings, ms };
  if (!request.today) return told;
  const read = meanings.filter((meaning): meaning is Exclude<Meaning, { is: "refused" }> => meaning.is !== "refused");
  const all = collectAll(read);
  return { ...told, all, facts: "is" in all ? null : factsOf(all.elements, request.today) };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line) as Request)) + "\n");
}
