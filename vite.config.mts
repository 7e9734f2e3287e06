// Builds assets/ into the web interface's static folder, with names Django templates can write down:
// app.js, app.css, trace.js, trace.css. Caching by content is the static file storage's work, not Vite's.
import { resolve } from "node:path";
import { defineConfig } from "vite";

const here = import.meta.dirname;

export default defineConfig({
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
