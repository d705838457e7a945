// Reads a report with what others wrote for it, and prints what was found as JSON.
//
//     read.mjs github|checkstyle FILE
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../../target/checkers/npm/node_modules/", import.meta.url));

// GitHub's own toolkit has to write every command again as we wrote it, byte for byte.
async function github(report) {
  const { issueCommand } = await import(`${modules}@actions/core/lib/command.js`);
  const data = (text) => text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
  const property = (text) => data(text.replaceAll("%3A", ":").replaceAll("%2C", ","));
  const lines = report.trimEnd().split("\n");
  for (const line of lines) {
    const [, command, properties, message] = line.match(/^::([a-z]+) ([^:]*)::(.*)$/) ?? [];
    if (!command) throw new Error(`no command: ${line}`);
    const pairs = properties.split(",").map((one) => one.match(/^([a-zA-Z]+)=(.*)$/).slice(1));
    const values = Object.fromEntries(pairs.map(([key, value]) => [key, property(value)]));
    let again = "";
    const write = process.stdout.write;
    process.stdout.write = (text) => (again += text);
    issueCommand(command, values, data(message));
    process.stdout.write = write;
    if (again !== `${line}\n`) throw new Error(`the toolkit writes ${again} where we write ${line}`);
  }
  return lines.length;
}

// The reader of a bot that comments on pull requests.
async function checkstyle(report) {
  const require = createRequire(`${modules}read.js`);
  const { parseCheckstyle } = require("danger-plugin-checkstyle/dist/scan/checkstyle_parser");
  return parseCheckstyle(require("xml-js").xml2js(report), "");
}

const [, , format, file] = process.argv;
console.log(JSON.stringify(await { github, checkstyle }[format](readFileSync(file, "utf8"))));
