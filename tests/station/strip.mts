// Strips the types of the files named on stdin, so that a browser can run them: path → script, as JSON.
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";

const paths = JSON.parse(readFileSync(0, "utf-8")) as string[];
const scripts = paths.map((path) => [path, stripTypeScriptTypes(readFileSync(path, "utf-8"))]);
process.stdout.write(JSON.stringify(Object.fromEntries(scripts)));
