// Build the script of the map's page into ../../built_map: npm ci && npm run build, in "..".
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..", "..");
const out = process.argv[2] ?? join(here, "..", "..", "built_map");
mkdirSync(out, { recursive: true });

const { outputFiles } = await build({
  entryPoints: [join(here, "page.ts")], bundle: true, minify: true, write: false,
  format: "iife", target: "es2022", legalComments: "none",
});
writeFileSync(join(out, "map.js.gz"), gzipSync(outputFiles[0].contents, { level: 9 }));

// By which a build that is not of these sources is told, where there is no Node.
const digest = (path) => createHash("sha256").update(readFileSync(path, "utf-8").replaceAll("\r\n", "\n")).digest("hex");
const sources = [
  ...readdirSync(here).map((name) => join(here, name)),
  join(here, "..", "src", "payload.ts"),
  ...["clipboard.js", "table.js"].map((name) => join(root, "panels", "common", name)),
].sort();
writeFileSync(join(out, "sources.sha256"), sources.map((path) => `${digest(path)}  ${relative(root, path).replaceAll("\\", "/")}\n`).join(""));
