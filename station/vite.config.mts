// Builds station/ into the scan station's static folder: station.js and station.css, the camera's module and its
// WebAssembly apart (loaded when the camera is first opened), and worker.js, the service worker.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { deflateRawSync } from "node:zlib";
import { build, defineConfig, type Plugin } from "vite";

const here = import.meta.dirname;

/** Builds the service worker into one file of its own: it is served from another address than the other files. */
async function buildWorker(folder: string): Promise<void> {
  await build({
    configFile: false,
    root: here,
    publicDir: false,
    logLevel: "warn",
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: "es2022",
      modulePreload: false,
      rolldownOptions: {
        input: resolve(here, "src/worker.ts"),
        output: { format: "iife", entryFileNames: "worker.js" },
      },
    },
  });
}

/** Writes the names of all built files and one hash over them: what the service worker keeps for offline. */
function manifest(): Plugin {
  let folder = "";
  return {
    name: "manifest",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    async closeBundle() {
      await buildWorker(folder);
      const files = readdirSync(folder)
        .filter((name) => !["worker.js", "manifest.json"].includes(name))
        .sort();
      const all = createHash("sha256");
      for (const name of [...files, "worker.js"]) all.update(name).update(readFileSync(resolve(folder, name)));
      writeFileSync(
        resolve(folder, "manifest.json"),
        JSON.stringify({ version: all.digest("hex").slice(0, 16), files }),
      );
    },
  };
}

/**
 * Packs the tables of the standards: a third of their size, and the browser unpacks them in a millisecond. Sources,
 * type check and Node's tests keep the readable file.
 */
function packedTables(): Plugin {
  const file = resolve(here, "src/codes/table.ts");
  return {
    name: "packed tables",
    apply: "build",
    enforce: "pre",
    load(id) {
      if (id !== file) return null;
      // Written by tools/station_table.py: each value is JSON.
      const tables = readFileSync(file, "utf-8").split("\nexport const ").slice(1);
      const names = tables.map((one) => one.slice(0, one.indexOf(":")));
      const values = tables.map((one) => JSON.parse(one.slice(one.indexOf(" = ") + 3, one.lastIndexOf(";"))) as unknown);
      const packed = deflateRawSync(JSON.stringify(values), { level: 9 }).toString("base64");
      return `const bytes = Uint8Array.from(atob("${packed}"), (one) => one.charCodeAt(0));
const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
export const [${names.join(", ")}] = await new Response(unpacked).json();`;
    },
  };
}

export default defineConfig({
  root: here,
  plugins: [packedTables(), manifest()],
  base: "./",
  publicDir: false,
  build: {
    outDir: resolve(here, "../src/lotbook/interfaces/station/static/station"),
    emptyOutDir: true,
    target: "es2022",
    // Nothing is inlined: a strict Content-Security-Policy allows files from our own host only.
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: {
      input: {
        station: resolve(here, "src/station.ts"),
      },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
