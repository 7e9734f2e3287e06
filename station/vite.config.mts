// Builds station/ into the scan station's static folder: station.js and station.css, the camera's module and its
// WebAssembly apart (loaded when the camera is first opened), and worker.js, the service worker.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
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

export default defineConfig({
  root: here,
  plugins: [manifest()],
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
