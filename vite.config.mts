// Builds assets/ into the web interface's static folder, with names Django templates can write down:
// app.js, app.css, trace.js, trace.css. Caching by content is the static file storage's work, not Vite's.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const here = import.meta.dirname;

/** Writes app.css.gz beside app.css and so on: WhiteNoise sends them to browsers that take gzip. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const name of readdirSync(folder).filter((name) => /\.(css|js)$/.test(name))) {
        writeFileSync(resolve(folder, `${name}.gz`), gzipSync(readFileSync(resolve(folder, name)), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [compressed()],
  base: "./",
  publicDir: false,
  build: {
    outDir: resolve(here, "src/lotbook/interfaces/web/static/lotbook"),
    emptyOutDir: true,
    target: "es2022",
    // Nothing is inlined: a strict Content-Security-Policy allows files from our own host only.
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: {
        app: resolve(here, "assets/app.ts"),
        passkey: resolve(here, "assets/passkey.ts"),
        trace: resolve(here, "assets/trace.ts"),
      },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "chunk-[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
