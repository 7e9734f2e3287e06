// Builds station/ into the scan station's static folder: station.js and station.css, a module for each loop, the
// tables of the standards as data, the camera's module and its WebAssembly (loaded when the camera is first opened),
// and worker.js, the service worker, which shares queue.js with the page.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const here = import.meta.dirname;

/** Leaves `import()` to the browser: Vite would wrap it to load a chunk's styles before it, and none of ours has any. */
function plainImports(): Plugin {
  return {
    name: "plain imports",
    apply: "build",
    configResolved(config) {
      const plugins = config.plugins as Plugin[];
      const at = plugins.findIndex((one) => one.name === "native:import-analysis-build");
      if (at < 0) throw new Error("Vite names its wrapper of imports in another way: look for it anew.");
      plugins.splice(at, 1);
    },
  };
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
 * Tables of the standards are data, so the browser gets them as tables.json: reading that costs a fraction of what
 * script of the same size does. Sources, type check and Node's tests keep the typed file.
 */
function tablesAsData(): Plugin {
  const file = resolve(here, "src/codes/table.ts");
  return {
    name: "tables as data",
    apply: "build",
    enforce: "pre",
    load(id) {
      if (id !== file) return null;
      // Written by tools/station_table.py: each value is JSON.
      const tables = readFileSync(file, "utf-8").split("\nexport const ").slice(1);
      const names = tables.map((one) => one.slice(0, one.indexOf(":")));
      const values = tables.map((one) => JSON.parse(one.slice(one.indexOf(" = ") + 3, one.lastIndexOf(";"))) as unknown);
      this.emitFile({ type: "asset", fileName: "tables.json", source: JSON.stringify(values) });
      return `const answer = await fetch(new URL(/* @vite-ignore */ "tables.json", import.meta.url));
export const [${names.join(", ")}] = await answer.json();`;
    },
  };
}

export default defineConfig({
  root: here,
  plugins: [plainImports(), tablesAsData(), manifest()],
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
        worker: resolve(here, "src/worker.ts"),
      },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
