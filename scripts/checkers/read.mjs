// Reads workflow commands and has GitHub's own toolkit write them again: they must be the same, byte for byte.
//
//     read.mjs FILE
import { readFileSync } from "node:fs";
import { issueCommand } from "../../target/checkers/npm/actions-core/lib/command.js";

const data = (text) => text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
const property = (text) => data(text.replaceAll("%3A", ":").replaceAll("%2C", ","));
const lines = readFileSync(process.argv[2], "utf8").trimEnd().split("\n");
for (const line of lines) {
  const [, command, properties, message] = line.match(/^::([a-z]+) ([^:]*)::(.*)$/) ?? [];
  if (!command) throw new Error(`no command: ${line}`);
  const values = Object.fromEntries(
    properties.split(",").map((one) => one.match(/^([a-zA-Z]+)=(.*)$/).slice(1)).map(([key, value]) => [key, property(value)]),
  );
  let again = "";
  const write = process.stdout.write;
  process.stdout.write = (text) => (again += text);
  issueCommand(command, values, data(message));
  process.stdout.write = write;
  if (again !== `${line}\n`) throw new Error(`the toolkit writes ${again} where we write ${line}`);
}
console.log(lines.length);
