// Renders labels in ZPL as PNG for the tests: one JSON object a line on stdin, {zpl, width, height, dpmm}, mm;
// one base64 PNG a line on stdout. Usage: node zpl.cjs <path of zpl-renderer-js>
const { ready } = require(process.argv[2]);
const lines = require("node:fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
(async () => {
  const { api } = await ready;
  for (const line of lines) {
    const { zpl, width, height, dpmm } = JSON.parse(line);
    process.stdout.write((await api.zplToBase64Async(zpl, width, height, dpmm)) + "\n");
  }
  process.exit(0);
})();
